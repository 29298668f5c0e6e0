#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/persistence/support/cluster_world.hpp"
#include "tests/persistence/support/database.hpp"
#include "tests/persistence/support/items.hpp"

// How a writer's connection holds the locks of shards.

namespace parley::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class lock_test : public in_both_worlds {
protected:
  void SetUp() override {
    ASSERT_TRUE(first_->open().has_value());
    ASSERT_TRUE(second_->open().has_value());
  }

  static std::vector<shard_index> take(entry_log& log, const std::vector<shard_index>& shards) {
    const auto answer = log.take(shards);
    EXPECT_TRUE(answer.has_value());
    return answer.has_value() ? answer.value().taken : std::vector<shard_index>{};
  }
  /// Appends a message to a conversation of this shard, which exists.
  static log_outcome<std::vector<append_result>> write(entry_log& log, shard_index where,
                                                       const std::string& key) {
    return log.append(std::vector<append_item>{message(conversation_in(where).value, 1, key, "text")});
  }
  /// Makes the conversation that `write` writes to.
  static void make_conversation(entry_log& log, shard_index where) {
    const auto made = log.append(
        std::vector<append_item>{group(conversation_in(where).value, 1, "group", "Group", {{1}, {2}})});
    ASSERT_TRUE(made.has_value());
  }
  /// A server notices the end of a connection a moment after it.
  static bool can_take(entry_log& log, shard_index shard) {
    return eventually([&] { return take(log, {shard}).size() == 1; });
  }

  std::unique_ptr<entry_log> first_ = world_->writer("node-1", 11);
  std::unique_ptr<entry_log> second_ = world_->writer("node-2", 22);
};

INSTANTIATE_TEST_SUITE_P(In, lock_test, both_worlds(), name_of);

TEST_P(lock_test, AConnectionHoldsWhatItTookAndNothingElse) {
  EXPECT_THAT(take(*first_, {{1}, {2}, {3}}),
              UnorderedElementsAre(shard_index{1}, shard_index{2}, shard_index{3}));
  EXPECT_THAT(take(*second_, {{4}}), UnorderedElementsAre(shard_index{4}));
  EXPECT_THAT(take(*second_, {{2}, {5}}), UnorderedElementsAre(shard_index{5}));
}

TEST_P(lock_test, OfThoseThatAreHeldElsewhereItIsToldByWhom) {
  take(*first_, {{1}, {2}});
  const auto answer = second_->take(std::vector<shard_index>{{0}, {1}, {2}, {3}});
  ASSERT_TRUE(answer.has_value());
  EXPECT_THAT(answer.value().taken, UnorderedElementsAre(shard_index{0}, shard_index{3}));
  ASSERT_TRUE(answer.value().why_not_all);
  EXPECT_EQ(answer.value().why_not_all->code, errc::conflict);
  EXPECT_THAT(answer.value().why_not_all->message, HasSubstr("parley node-1 11 writer"));
  // With all there is nothing to tell.
  EXPECT_FALSE(second_->take(std::vector<shard_index>{{0}, {4}}).value().why_not_all);
}

TEST_P(lock_test, WhatIsTakenTwiceIsGivenBackOnce) {
  take(*first_, {{1}, {1}});
  EXPECT_THAT(take(*first_, {{1}, {2}}), UnorderedElementsAre(shard_index{1}, shard_index{2}));
  ASSERT_TRUE(first_->give_back(std::vector<shard_index>{{1}}).has_value());
  EXPECT_THAT(take(*second_, {{1}, {2}}), UnorderedElementsAre(shard_index{1}));
}

TEST_P(lock_test, WhatIsGivenBackIsFreeAtOnceAndTheRestStays) {
  take(*first_, {{1}, {2}, {3}});
  ASSERT_TRUE(first_->give_back(std::vector<shard_index>{{1}, {3}, {7}}).has_value());
  EXPECT_THAT(take(*second_, {{1}, {2}, {3}, {7}}),
              UnorderedElementsAre(shard_index{1}, shard_index{3}, shard_index{7}));
  EXPECT_THAT(take(*first_, {{1}, {2}}), UnorderedElementsAre(shard_index{2}));
  EXPECT_TRUE(first_->alive());
}

TEST_P(lock_test, WhatAnotherHoldsIsNotGivenBack) {
  take(*first_, {{1}});
  ASSERT_TRUE(second_->give_back(std::vector<shard_index>{{1}}).has_value());
  EXPECT_THAT(take(*second_, {{1}}), IsEmpty());
}

TEST_P(lock_test, AConnectionThatIsOpenedAnewHoldsNothing) {
  take(*first_, {{1}, {2}});
  ASSERT_TRUE(first_->open().has_value());
  EXPECT_THAT(take(*second_, {{1}}), UnorderedElementsAre(shard_index{1}));
  EXPECT_THAT(take(*first_, {{1}, {2}}), UnorderedElementsAre(shard_index{2}));
}

TEST_P(lock_test, TheLocksOfAConnectionThatIsClosedAreFree) {
  take(*first_, {{1}});
  first_->release();
  EXPECT_FALSE(first_->alive());
  EXPECT_TRUE(can_take(*second_, {1}));
  EXPECT_TRUE(first_->take(std::vector<shard_index>{{2}}).has_error());
}

TEST_P(lock_test, TheLocksOfAWriterThatIsGoneAreFree) {
  take(*first_, {{1}});
  first_.reset();
  EXPECT_TRUE(can_take(*second_, {1}));
}

TEST_P(lock_test, AWriterWhoseBackendWasEndedHasLostItsLocksAndFindsOut) {
  take(*first_, {{1}, {2}});
  make_conversation(*first_, {1});
  world_->end_backend(*first_);
  EXPECT_TRUE(can_take(*second_, {1}));
  EXPECT_TRUE(eventually([&] { return !first_->alive(); }));
  EXPECT_EQ(write(*first_, {1}, "a").error(), log_failure::disconnected);
  EXPECT_TRUE(first_->take(std::vector<shard_index>{{2}}).has_error());
  EXPECT_TRUE(first_->give_back(std::vector<shard_index>{{2}}).has_error());
  ASSERT_TRUE(write(*second_, {1}, "b").has_value());
  // Opened anew it holds nothing.
  ASSERT_TRUE(first_->open().has_value());
  EXPECT_EQ(write(*first_, {1}, "a").error(), log_failure::fenced);
}

TEST_P(lock_test, ABatchOverAShardThatAnotherHoldsIsFencedAndCostsAllLocks) {
  take(*first_, {{1}, {2}});
  make_conversation(*first_, {1});
  take(*second_, {{3}});
  EXPECT_EQ(write(*second_, {1}, "a").error(), log_failure::fenced);
  EXPECT_FALSE(second_->alive());
  EXPECT_TRUE(can_take(*first_, {3}));
  ASSERT_TRUE(second_->open().has_value());
  EXPECT_EQ(second_->mark_read(std::vector<read_item>{{conversation_in({1}), {1}, 1}}).error(),
            log_failure::fenced);
  EXPECT_FALSE(second_->alive());
}

TEST_P(lock_test, AnEntryOfAShardThatWasHandedOverIsWrittenOverTheNewConnection) {
  take(*first_, {{1}});
  make_conversation(*first_, {1});
  ASSERT_EQ(write(*first_, {1}, "a").value()[0].seq, 2);
  ASSERT_TRUE(first_->give_back(std::vector<shard_index>{{1}}).has_value());
  take(*second_, {{1}});
  EXPECT_EQ(write(*second_, {1}, "b").value()[0].seq, 3);
  EXPECT_EQ(write(*second_, {1}, "a").value()[0].what, append_result::status::repeated);
  EXPECT_EQ(write(*first_, {1}, "c").error(), log_failure::fenced);
}

TEST_P(lock_test, AllLocksCanBeHeldAndGivenBack) {
  EXPECT_EQ(take(*first_, all_shards()).size(), static_cast<std::size_t>(shard_count));
  EXPECT_THAT(take(*second_, all_shards()), IsEmpty());
  ASSERT_TRUE(first_->give_back(all_shards()).has_value());
  EXPECT_EQ(take(*second_, all_shards()).size(), static_cast<std::size_t>(shard_count));
}

}  // namespace
}  // namespace parley::testing
