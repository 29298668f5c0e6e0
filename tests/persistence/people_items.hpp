#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "persistence/postgres_entry_log.hpp"
#include "persistence/postgres_log_queries.hpp"
#include "tests/persistence/support/database.hpp"
#include "tests/persistence/support/items.hpp"

namespace parley::testing {

inline append_item change(entry_kind kind, std::int64_t conversation, std::int64_t sender, std::string key,
                          std::int64_t about = 0, std::string text = {},
                          member_role role = member_role::member) {
  auto draft = std::make_shared<entry_draft>();
  draft->kind = kind;
  draft->key = std::move(key);
  draft->role = role;
  switch (kind) {
    case entry_kind::edit:
    case entry_kind::erase:
      draft->target = about;
      draft->text = std::move(text);
      break;
    case entry_kind::rename:
      draft->name = std::move(text);
      break;
    default:
      draft->user = {about};
  }
  return item(conversation, sender, std::move(draft));
}

inline append_item edit(std::int64_t conversation, std::int64_t sender, std::string key, sequence target,
                        std::string text) {
  return change(entry_kind::edit, conversation, sender, std::move(key), target, std::move(text));
}
inline append_item erase(std::int64_t conversation, std::int64_t sender, std::string key, sequence target) {
  return change(entry_kind::erase, conversation, sender, std::move(key), target);
}
inline append_item join(std::int64_t conversation, std::int64_t sender, std::string key, std::int64_t user) {
  return change(entry_kind::join, conversation, sender, std::move(key), user);
}
/// Without a user the sender leaves.
inline append_item leave(std::int64_t conversation, std::int64_t sender, std::string key,
                         std::int64_t user = 0, std::int64_t successor = 0) {
  auto made = change(entry_kind::leave, conversation, sender, std::move(key), user);
  made.successor = {successor};
  return made;
}
inline append_item set_role(std::int64_t conversation, std::int64_t sender, std::string key,
                            std::int64_t user, member_role role) {
  return change(entry_kind::role, conversation, sender, std::move(key), user, {}, role);
}
inline append_item rename(std::int64_t conversation, std::int64_t sender, std::string key, std::string name) {
  return change(entry_kind::rename, conversation, sender, std::move(key), 0, std::move(name));
}

/// Texts that break what is careless: quotes, patterns, markup, other scripts and directions, emoji.
inline std::vector<std::string> hostile_texts() {
  return {
      "'; drop table entries; --",
      "100% _ \\ \\x41 \"quoted\" {array,NULL} $1 $$",
      "NULL",
      "",
      " leading and trailing ",
      "line\nbreak\ttab\r\x01\x7f",
      "<script>alert('x')</script> &amp; <b>",
      "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x80\xae right to left \xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7",
      "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7 family, "
      "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa flag",
      "e\xcc\x81 is not \xc3\xa9, \xc4\xb0\xc4\xb1"};
}

/// A database with the users 1 to 9 ("user 1" …), a writer that holds all shards, and a reader.
class people_test : public database_test {
protected:
  void SetUp() override {
    run("insert into users (user_id, name, password_hash) select n, 'user ' || n, '' from generate_series(1, "
        "9) n");
    ASSERT_TRUE(hold(log_, all_shards()).has_value());
  }

  std::vector<append_result> append(const std::vector<append_item>& items) {
    auto answered = log_.append(items);
    EXPECT_TRUE(answered.has_value());
    return answered.has_value() ? std::move(answered.value()) : std::vector<append_result>(items.size());
  }
  /// Appends one item, which must be new, and gives its place.
  sequence put(const append_item& wanted) {
    const auto result = append({wanted}).at(0);
    EXPECT_EQ(result.what, append_result::status::written);
    return result.seq;
  }
  /// All that `user` sees of the conversation; nothing for whom it does not exist.
  std::vector<entry> history(std::int64_t user, std::int64_t conversation) {
    auto page = queries_.history({user}, {conversation}, {}, 0, 100);
    return page.has_value() ? std::move(page.value().entries) : std::vector<entry>{};
  }
  conversation_view view(std::int64_t user, std::int64_t conversation, sequence have = 0) {
    const sync_item wanted[] = {{{conversation}, have}};
    auto views = queries_.views({user}, wanted, 100);
    EXPECT_TRUE(views.has_value());
    return views.has_value() && !views.value().empty() ? views.value().front() : conversation_view{};
  }
  /// "user:role" of the present members, as the conversation's actor reads them.
  std::string roles(std::int64_t conversation) {
    std::string text;
    const auto record = queries_.load_conversation({conversation});
    EXPECT_TRUE(record.has_value());
    if (record.has_value())
      for (const auto& member : record.value().members)
        text += to_text(member.user) + ":" + std::string(to_text(member.role)) + " ";
    return text;
  }

  postgres_entry_log log_{url, "node-1", {7}};
  postgres_log_queries queries_{url, "node-1"};
};

}  // namespace parley::testing
