#include <gtest/gtest.h>
// After gtest: it looks for its macros.
#include <rapidcheck.h>

#include <map>
#include <tuple>

#include "persistence/postgres_entry_log.hpp"
#include "tests/persistence/support/database.hpp"
#include "tests/persistence/support/items.hpp"

namespace parley::testing {
namespace {

/// What one message of a generated batch says, in small alphabets so that repeats and conflicts abound.
using choice = std::tuple<int, int, int, int>;  // conversation, sender, key, text
using batches = std::vector<std::vector<choice>>;

constexpr int conversations = 3;
constexpr int senders = 3;

/// The log as it should be, as simply as it can be said.
class model {
public:
  struct stored {
    int sender;
    std::string key;
    std::string text;
    timestamp_ms at = 0;
  };

  append_result expect(const append_item& item) {
    auto& log = logs_[item.conversation.value];
    for (std::size_t i = 0; i < log.size(); ++i) {
      if (log[i].sender != item.sender.value || log[i].key != item.draft->key) continue;
      return {log[i].text == item.draft->text ? append_result::status::repeated
                                              : append_result::status::conflicting,
              item.conversation, static_cast<sequence>(i + 1), log[i].at};
    }
    log.push_back({static_cast<int>(item.sender.value), item.draft->key, item.draft->text});
    return {append_result::status::written, item.conversation, static_cast<sequence>(log.size()), 0};
  }
  void note_time(conversation_id conversation, sequence seq, timestamp_ms at) {
    logs_[conversation.value][static_cast<std::size_t>(seq - 1)].at = at;
  }
  [[nodiscard]] timestamp_ms time_of(conversation_id conversation, sequence seq) {
    return logs_[conversation.value][static_cast<std::size_t>(seq - 1)].at;
  }
  [[nodiscard]] const std::map<std::int64_t, std::vector<stored>>& logs() const { return logs_; }

private:
  std::map<std::int64_t, std::vector<stored>> logs_;
};

class batch_property_test : public database_test {
protected:
  void SetUp() override { ASSERT_TRUE(hold(log_, all_shards()).has_value()); }

  void append_and_compare(const std::vector<append_item>& items, model& expected) {
    std::vector<append_result> wanted;
    for (const auto& item : items) wanted.push_back(expected.expect(item));
    const auto answered = log_.append(items);
    RC_ASSERT(answered.has_value());
    const auto& results = answered.value();
    RC_ASSERT(results.size() == items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      RC_ASSERT(results[i].what == wanted[i].what);
      RC_ASSERT(results[i].seq == wanted[i].seq);
      RC_ASSERT(results[i].conversation == items[i].conversation);
      if (wanted[i].what == append_result::status::written)
        expected.note_time(items[i].conversation, results[i].seq, results[i].at);
      else
        RC_ASSERT(results[i].at == expected.time_of(items[i].conversation, results[i].seq));
    }
  }

  /// The stored rows equal the model: dense, numbered, with the first text of each key.
  void compare_table(const model& expected) {
    pqxx::connection connection{url};
    pqxx::nontransaction work{connection};
    for (const auto& [conversation, log] : expected.logs()) {
      const auto rows = work.exec_params(
          "select seq, number, sender_id, key, body, (extract(epoch from at) * 1000)::bigint from entries "
          "where conversation_id = $1 order by seq",
          conversation);
      RC_ASSERT(static_cast<std::size_t>(rows.size()) == log.size());
      std::map<std::int64_t, sequence> own;
      for (std::size_t i = 0; i < log.size(); ++i) {
        const auto row = rows[static_cast<pqxx::result::size_type>(i)];
        RC_ASSERT(row[0].as<std::size_t>() == i + 1);
        RC_ASSERT(row[1].as<std::size_t>() == i + 1);
        RC_ASSERT(row[2].as<int>() == log[i].sender);
        RC_ASSERT(row[3].as<std::string>() == log[i].key);
        RC_ASSERT(row[4].as<std::string>() == log[i].text);
        RC_ASSERT(row[5].as<timestamp_ms>() == log[i].at);
        own[log[i].sender] = static_cast<sequence>(i + 1);
      }
      const auto reads =
          work.exec_params("select user_id, read_seq from inbox where conversation_id = $1", conversation);
      RC_ASSERT(static_cast<std::size_t>(reads.size()) == own.size());
      for (const auto& row : reads) RC_ASSERT(row[1].as<sequence>() == own[row[0].as<std::int64_t>()]);
    }
  }

  postgres_entry_log log_{url, "node-1", {7}};
};

TEST_F(batch_property_test, ABatchDoesWhatTheSimplestModelOfALogDoes) {
  std::int64_t first_conversation = 1;
  const auto text = [](int which) { return which == 0 ? std::string{"a \"quoted\" \\ {text}"} : "b"; };
  const bool held = rc::check("a batch does what the model does", [&] {
    const auto all = *rc::gen::scale(
        0.5, rc::gen::container<batches>(rc::gen::container<std::vector<choice>>(
                 rc::gen::tuple(rc::gen::inRange(0, conversations), rc::gen::inRange(0, senders),
                                rc::gen::inRange(0, 5), rc::gen::inRange(0, 2)))));
    model expected;
    for (const auto& batch : all) {
      std::vector<append_item> items;
      for (const auto& [conversation, sender, key, body] : batch)
        items.push_back(message(first_conversation + conversation, 100 + sender, "key " + std::to_string(key),
                                text(body)));
      append_and_compare(items, expected);
    }
    compare_table(expected);
    first_conversation += conversations;
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace parley::testing
