#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "persistence/postgres_search_index.hpp"
#include "tests/persistence/people_items.hpp"

// Nodes that index one conversation after the other, or at once, while it is written.

namespace parley::testing {
namespace {

class search_hand_over_test : public people_test {
protected:
  void SetUp() override {
    people_test::SetUp();
    for (std::int64_t id = first_; id <= last_; ++id)
      put(group(id, 1, "made " + std::to_string(id), "Room", {{1}, {2}}));
  }

  /// A batch of one conversation: messages, and now and then a change of an earlier one.
  std::vector<append_item> some_writes(int round, std::int64_t conversation) {
    std::vector<append_item> items;
    const auto key = std::to_string(round);
    for (int i = 0; i < 3; ++i)
      items.push_back(message(conversation, 1, key + "-" + std::to_string(i), "word" + key + " all"));
    if (round % 3 == 1) items.push_back(edit(conversation, 1, "e" + key, 2, "edited" + key));
    if (round % 5 == 4) items.push_back(erase(conversation, 1, "d" + key, 3 + round));
    return items;
  }
  /// Messages whose words in the index are not theirs, or that are not there once.
  int wrong() {
    return ask<int>(
        "select count(*) from (select conversation_id, seq, case when shown = 2 then '' else words_of(body) "
        "end "
        "words from entries where kind = 2) e full join search s using (conversation_id, seq) where s.tsv is "
        "distinct from e.words");
  }
  int cursors_behind() {
    return ask<int>(
        "select count(*) from (select conversation_id, max(seq) head from entries group by 1) e left join "
        "search_cursor c using (conversation_id) where c.seq is distinct from e.head");
  }

  static constexpr std::int64_t first_ = 50;
  static constexpr std::int64_t last_ = 53;
  static constexpr int rounds_ = 200;
};

TEST_F(search_hand_over_test, NodesThatIndexTheSameConversationsWhileTheyAreWrittenDoItExactly) {
  std::atomic<bool> writing{true};
  std::atomic<int> failures{0};
  std::vector<conversation_id> all;
  for (auto id = first_; id <= last_; ++id) all.push_back({id});
  const auto index_on = [&](const std::string& node) {
    postgres_search_index index{url, node};
    while (writing) failures += index.catch_up(all).has_error() ? 1 : 0;
  };
  const auto write = [&](int from, int until) {
    for (auto round = from; round < until; ++round)
      append(some_writes(round, first_ + round % (last_ - first_ + 1)));
  };
  // What stands there already keeps both busy with the same conversation for a while.
  write(0, rounds_ / 2);
  std::thread first{index_on, "node-1"};
  std::thread second{index_on, "node-2"};
  write(rounds_ / 2, rounds_);
  writing = false;
  first.join();
  second.join();
  postgres_search_index last{url, "node-3"};
  ASSERT_TRUE(last.catch_up(all).has_value());
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(wrong(), 0);
  EXPECT_EQ(cursors_behind(), 0);
}

TEST_F(search_hand_over_test, WhatANodeHadNotIndexedWhenItDiedItsSuccessorFindsInTheLog) {
  auto dying = std::make_unique<postgres_search_index>(url, "node-1");
  for (int round = 0; round < rounds_; ++round) {
    const auto id = first_ + round % (last_ - first_ + 1);
    append(some_writes(round, id));
    if (round % 2 == 0) {
      ASSERT_TRUE(dying->catch_up({{id}}).has_value());
    }
  }
  dying.reset();
  EXPECT_GT(cursors_behind(), 0);
  postgres_search_index next{url, "node-2"};
  postgres_search_index also_next{url, "node-3"};
  for (int looks = 0; looks < 100; ++looks) {
    // Both look, and both are told of the same: whoever comes second finds it done.
    const auto found = next.behind(10);
    const auto found_again = also_next.behind(10);
    ASSERT_TRUE(found.has_value() && found_again.has_value());
    if (found.value().empty()) break;
    ASSERT_TRUE(next.catch_up(found.value()).has_value());
    ASSERT_TRUE(also_next.catch_up(found_again.value()).has_value());
  }
  EXPECT_EQ(wrong(), 0);
  EXPECT_EQ(cursors_behind(), 0);
}

}  // namespace
}  // namespace parley::testing
