#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "persistence/postgres_entry_log.hpp"
#include "persistence/postgres_log_queries.hpp"
#include "tests/persistence/support/database.hpp"
#include "tests/persistence/support/items.hpp"

namespace parley::testing {

/// A database with the users 1 … 9 ("user 1" …), a writer that holds every shard, and a reader.
class reader_test : public database_test {
protected:
  void SetUp() override {
    run("insert into users (user_id, name, password_hash) select i, 'user ' || i, '' from generate_series(1, "
        "9) i");
    ASSERT_TRUE(hold(writer, all_shards()).has_value());
  }

  append_result write(const append_item& item) {
    const auto answered = writer.append(std::vector<append_item>{item});
    EXPECT_TRUE(answered.has_value());
    return answered.has_value() ? answered.value()[0] : append_result{};
  }
  conversation_id make_group(std::int64_t id, const std::vector<user_id>& members) {
    return write(group(id, members.front().value, "group " + std::to_string(id), "Group", members))
        .conversation;
  }
  void write_messages(conversation_id conversation, std::int64_t sender, int count,
                      const std::string& text = "text") {
    std::vector<append_item> items;
    for (int i = 0; i < count; ++i)
      items.push_back(message(conversation.value, sender, "key " + std::to_string(next_key_++), text));
    const auto answered = writer.append(items);
    ASSERT_TRUE(answered.has_value());
  }
  static std::vector<sequence> seqs(const std::vector<entry>& entries) {
    std::vector<sequence> all;
    std::ranges::transform(entries, std::back_inserter(all), &entry::seq);
    return all;
  }
  static std::vector<sequence> range(sequence first, sequence last) {
    std::vector<sequence> all;
    for (; first <= last; ++first) all.push_back(first);
    return all;
  }

  postgres_entry_log writer{url, "node-1", {7}};
  postgres_log_queries log{url, "node-1"};

private:
  int next_key_ = 0;
};

}  // namespace parley::testing
