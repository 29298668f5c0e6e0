#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "persistence/postgres_entry_log.hpp"
#include "tests/persistence/support/database.hpp"
#include "tests/persistence/support/items.hpp"

namespace parley::testing {
namespace {

using status = append_result::status;

/// Two writers with half of the shards each, as two nodes have them.
class create_test : public database_test {
protected:
  void SetUp() override {
    std::vector<shard_index> halves[2];
    for (std::int32_t i = 0; i < shard_count; ++i) halves[i % 2].push_back({i});
    ASSERT_TRUE(hold(even_, halves[0]).has_value());
    ASSERT_TRUE(hold(odd_, halves[1]).has_value());
  }
  /// The n-th id whose shard belongs to the writer.
  static std::int64_t id_for(int writer, int n) { return conversation_in({2 * n + writer}, 1'000'000).value; }
  append_result append(postgres_entry_log& log, const append_item& item) {
    const auto answered = log.append(std::vector<append_item>{item});
    EXPECT_TRUE(answered.has_value());
    return answered.has_value() ? answered.value()[0] : append_result{};
  }

  postgres_entry_log even_{url, "node-1", {7}};
  postgres_entry_log odd_{url, "node-2", {8}};
};

TEST_F(create_test, TwoWhoOpenADirectConversationToEachOtherAtOnceGetTheSameOne) {
  for (int round = 0; round < 20; ++round) {
    const std::int64_t low = 1 + 2 * round;
    append_result results[2];
    std::thread first{[&] { results[0] = append(even_, direct(id_for(0, round), low, low, low + 1)); }};
    std::thread second{[&] { results[1] = append(odd_, direct(id_for(1, round), low + 1, low, low + 1)); }};
    first.join();
    second.join();
    EXPECT_EQ(results[0].conversation, results[1].conversation);
    EXPECT_NE(results[0].what, results[1].what);
    for (const auto& result : results) {
      EXPECT_TRUE(result.what == status::written || result.what == status::repeated);
      EXPECT_EQ(result.seq, 1);
      EXPECT_EQ(result.at, results[0].at);
    }
  }
  EXPECT_EQ(ask<int>("select count(*) from conversations"), 20);
  EXPECT_EQ(ask<int>("select count(*) from entries"), 20);
  EXPECT_EQ(ask<int>("select count(*) from members where role = 3"), 40);
  EXPECT_EQ(ask<int>("select count(*) from inbox where read_seq = 0"), 40);
}

TEST_F(create_test, TheKeyOfAGroupIsItsCreatorsAndTellsRepeatsFromConflicts) {
  const auto made = append(even_, group(id_for(0, 0), 1, "k", "Friends", {{1}, {2}, {3}}));
  EXPECT_EQ(made.what, status::written);
  EXPECT_EQ(made.conversation.value, id_for(0, 0));
  // Over another writer, with the members in another order: the same.
  const auto repeated = append(odd_, group(id_for(1, 0), 1, "k", "Friends", {{3}, {1}, {2}}));
  EXPECT_EQ(repeated.what, status::repeated);
  EXPECT_EQ(repeated.conversation, made.conversation);
  EXPECT_EQ(repeated.at, made.at);
  EXPECT_EQ(append(even_, group(id_for(0, 1), 1, "k", "Others", {{1}, {2}, {3}})).what, status::conflicting);
  EXPECT_EQ(append(even_, group(id_for(0, 1), 1, "k", "Friends", {{1}, {2}})).what, status::conflicting);
  // The key is not the message key's, and another creator's is another.
  EXPECT_EQ(append(even_, message(made.conversation.value, 1, "m", "x")).what, status::written);
  EXPECT_EQ(append(even_, group(id_for(0, 2), 1, "m", "More", {{1}})).what, status::written);
  EXPECT_EQ(append(even_, group(id_for(0, 3), 2, "k", "Friends", {{1}, {2}, {3}})).what, status::written);
  EXPECT_EQ(ask<int>("select count(*) from conversations"), 3);
}

TEST_F(create_test, TheCreatorOfAGroupOwnsIt) {
  const auto made = append(even_, group(id_for(0, 0), 2, "k", "Friends", {{1}, {2}, {3}}));
  const auto where = " from members where conversation_id = " + to_text(made.conversation);
  EXPECT_EQ(ask<std::string>("select string_agg(user_id || ':' || role, ' ' order by user_id)" + where),
            "1:3 2:1 3:3");
  EXPECT_EQ(ask<int>("select count(*)" + where + " and joined_seq = 1 and left_seq is null"), 3);
}

TEST_F(create_test, AnIdThatIsTakenRefusesOnlyTheConversationThatWantedIt) {
  append(even_, group(id_for(0, 0), 1, "k", "Friends", {{1}, {2}}));
  const auto answered = even_.append(std::vector<append_item>{
      group(id_for(0, 0), 1, "other", "Others", {{1}, {2}}), message(id_for(0, 0), 1, "m", "x"),
      group(id_for(0, 1), 1, "third", "Third", {{1}}), group(id_for(0, 2), 1, "bad", "\xff", {{1}}),
      group(id_for(0, 3), 1, "null", std::string{"a\0b", 3}, {{1}})});
  ASSERT_TRUE(answered.has_value());
  std::vector<status> found;
  for (const auto& result : answered.value()) found.push_back(result.what);
  EXPECT_THAT(found, ::testing::ElementsAre(status::refused, status::written, status::written,
                                            status::refused, status::refused));
  EXPECT_EQ(ask<int>("select count(*) from created"), 2);
}

TEST_F(create_test, WhatABatchMadeCountsAsWrittenEvenIfALaterOneIsRefused) {
  const auto answered = even_.append(std::vector<append_item>{
      group(id_for(0, 0), 1, "a", "First", {{1}}), message(id_for(0, 9), 1, "m", "\xff"),
      group(id_for(0, 1), 1, "b", "\xff", {{1}}), message(id_for(0, 9), 1, "n", "good")});
  ASSERT_TRUE(answered.has_value());
  EXPECT_EQ(answered.value()[0].what, status::written);
  EXPECT_EQ(answered.value()[1].what, status::refused);
  EXPECT_EQ(answered.value()[2].what, status::refused);
  EXPECT_EQ(answered.value()[3].what, status::written);
}

}  // namespace
}  // namespace parley::testing
