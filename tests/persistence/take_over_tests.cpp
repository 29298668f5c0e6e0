#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/persistence/support/cluster_world.hpp"
#include "tests/persistence/support/database.hpp"
#include "tests/persistence/support/items.hpp"

// Who holds which shard, how a dead node's are freed, and what it wrote last.

namespace parley::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class take_over_test : public in_both_worlds {
protected:
  void SetUp() override {
    node_record self;
    self.name = "node-9";
    self.incarnation = {99};
    ASSERT_TRUE(registry_->join(self).has_value());
  }

  cluster_view look() {
    auto view = registry_->look();
    EXPECT_TRUE(view.has_value());
    return view.has_value() ? std::move(view.value()) : cluster_view{};
  }
  /// Whoever owns anything, with how many shards.
  static std::map<std::int64_t, int> holdings(const cluster_view& view) {
    std::map<std::int64_t, int> counts;
    for (const auto& owner : view.owners)
      if (owner) ++counts[owner.value];
    return counts;
  }
  static std::vector<shard_index> shards_from(std::int32_t first, std::int32_t step) {
    std::vector<shard_index> shards;
    for (auto i = first; i < shard_count; i += step) shards.push_back({i});
    return shards;
  }
  void put(entry_log& log, const append_item& item) {
    const auto results = log.append(std::vector<append_item>{item});
    ASSERT_TRUE(results.has_value());
    ASSERT_EQ(results.value()[0].what, append_result::status::written);
  }
  static append_item join(std::int64_t conversation, std::int64_t who) {
    auto draft = std::make_shared<entry_draft>();
    draft->kind = entry_kind::join;
    draft->key = "join " + std::to_string(who);
    draft->user = {who};
    return item(conversation, 1, std::move(draft));
  }
  static append_item leave(std::int64_t conversation, std::int64_t who) {
    auto draft = std::make_shared<entry_draft>();
    draft->kind = entry_kind::leave;
    draft->key = "leave " + std::to_string(who);
    draft->user = {who};
    return item(conversation, 1, std::move(draft));
  }
  /// Everything written since, by conversation.
  std::map<std::int64_t, recent_write> written(const std::vector<shard_index>& shards, timestamp_ms since) {
    const auto found = registry_->written_since(shards, since);
    EXPECT_TRUE(found.has_value());
    std::map<std::int64_t, recent_write> all;
    if (found.has_error()) return all;
    for (const auto& write : found.value()) EXPECT_TRUE(all.emplace(write.conversation.value, write).second);
    return all;
  }

  std::unique_ptr<cluster_registry> registry_ = world_->registry("node-9", 99);
  std::unique_ptr<entry_log> first_ = world_->writer("node-1", 11);
  std::unique_ptr<entry_log> second_ = world_->writer("node-2", 22);
};

INSTANTIATE_TEST_SUITE_P(In, take_over_test, both_worlds(), name_of);

TEST_P(take_over_test, WhoOwnsAShardIsReadFromItsLock) {
  EXPECT_THAT(holdings(look()), IsEmpty());
  ASSERT_TRUE(hold(*first_, shards_from(0, 3)).has_value());
  ASSERT_TRUE(hold(*second_, shards_from(1, 3)).has_value());
  const auto view = look();
  EXPECT_THAT(holdings(view), UnorderedElementsAre(Pair(11, 342), Pair(22, 341)));
  EXPECT_EQ(view.owners[3], incarnation_id{11});
  EXPECT_EQ(view.owners[4], incarnation_id{22});
  EXPECT_EQ(view.owners[5], incarnation_id{});
  ASSERT_TRUE(first_->give_back(std::vector<shard_index>{{3}}).has_value());
  EXPECT_EQ(look().owners[3], incarnation_id{});
  second_->release();
  EXPECT_TRUE(eventually([&] { return !holdings(look()).contains(22); }));
}

TEST_P(take_over_test, SinceWhenIsKnownOfThePresentOwnerOnly) {
  ASSERT_TRUE(hold(*first_, {{1}, {2}, {3}}).has_value());
  ASSERT_TRUE(registry_->note_taken(std::vector<shard_index>{{1}, {2}}, {11}).has_value());
  auto view = look();
  EXPECT_GT(view.owned_since[1], 0);
  EXPECT_LE(view.owned_since[1], view.now);
  EXPECT_EQ(view.owned_since[1], view.owned_since[2]);
  EXPECT_EQ(view.owned_since[3], 0);
  ASSERT_TRUE(first_->give_back(std::vector<shard_index>{{1}}).has_value());
  ASSERT_TRUE(hold(*second_, {{1}}).has_value());
  EXPECT_EQ(look().owned_since[1], 0);
  ASSERT_TRUE(registry_->note_taken(std::vector<shard_index>{{1}}, {22}).has_value());
  EXPECT_GT(look().owned_since[1], 0);
}

TEST_P(take_over_test, TheWritersOfADeadNodeAreEndedAndNoOthers) {
  const auto also_first = world_->writer("node-1", 11);
  // Numbers that end alike, and a node that is called like one.
  const auto similar = world_->writer("node-11", 111);
  ASSERT_TRUE(hold(*first_, shards_from(0, 4)).has_value());
  ASSERT_TRUE(hold(*also_first, shards_from(1, 4)).has_value());
  ASSERT_TRUE(hold(*second_, shards_from(2, 4)).has_value());
  ASSERT_TRUE(hold(*similar, shards_from(3, 4)).has_value());
  ASSERT_TRUE(registry_->end_writers({11}).has_value());
  // Free when the call returns, without waiting for anything.
  EXPECT_THAT(holdings(look()), UnorderedElementsAre(Pair(22, 256), Pair(111, 256)));
  const auto taken = second_->take(shards_from(0, 4));
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken.value().taken.size(), 256U);
  EXPECT_TRUE(eventually([&] { return !first_->alive() && !also_first->alive(); }));
  EXPECT_TRUE(similar->alive());
  EXPECT_EQ(first_->append(std::vector<append_item>{message(1, 1, "late", "x")}).error(),
            log_failure::disconnected);
  // Whoever is gone already is no error.
  EXPECT_TRUE(registry_->end_writers({11}).has_value());
  EXPECT_TRUE(registry_->end_writers({77}).has_value());
}

TEST_P(take_over_test, WhatADeadOwnerCommittedIsFoundAfterItsShardsWereTaken) {
  const shard_index where{5};
  const auto id = conversation_in(where).value;
  ASSERT_TRUE(hold(*first_, {where}).has_value());
  put(*first_, group(id, 1, "g", "Group", {{1}, {2}, {3}}));
  const auto before = look().now - 60'000;
  put(*first_, message(id, 1, "last", "nobody was told of this"));
  ASSERT_TRUE(registry_->end_writers({11}).has_value());
  ASSERT_TRUE(hold(*second_, {where}).has_value());
  const auto found = written({where}, before);
  ASSERT_THAT(found, ElementsAre(Pair(id, ::testing::_)));
  EXPECT_EQ(found.at(id).head, 2);
  EXPECT_THAT(found.at(id).joined, UnorderedElementsAre(user_id{1}, user_id{2}, user_id{3}));
}

TEST_P(take_over_test, OnlyTheShardsAskedForAreLookedAt) {
  ASSERT_TRUE(hold(*first_, all_shards()).has_value());
  for (const std::int32_t shard : {1, 2, 3})
    put(*first_, group(conversation_in({shard}).value, 1, "g" + std::to_string(shard), "Group", {{1}}));
  const auto found = written({{1}, {3}, {4}}, 0);
  EXPECT_THAT(found, ElementsAre(Pair(conversation_in({1}).value, ::testing::_),
                                 Pair(conversation_in({3}).value, ::testing::_)));
  EXPECT_THAT(written({}, 0), IsEmpty());
}

TEST_P(take_over_test, OnlyWhatIsYoungerCountsAndTheHeadIsTheNewest) {
  ASSERT_TRUE(hold(*first_, all_shards()).has_value());
  put(*first_, group(40, 1, "old", "Old", {{1}, {2}}));
  put(*first_, group(41, 1, "other", "Other", {{1}, {2}}));
  const auto later = look().now + 1;
  ASSERT_TRUE(eventually([&] { return look().now > later; }));
  put(*first_, message(40, 1, "a", "x"));
  put(*first_, message(40, 1, "b", "x"));
  const auto found = written(all_shards(), later);
  ASSERT_THAT(found, ElementsAre(Pair(40, ::testing::_)));
  EXPECT_EQ(found.at(40).head, 3);
  // Its members know of it since long.
  EXPECT_THAT(found.at(40).joined, IsEmpty());
  EXPECT_THAT(written(all_shards(), look().now + 60'000), IsEmpty());
}

TEST_P(take_over_test, WhoJoinedLatelyIsNamedUnlessGoneAgain) {
  ASSERT_TRUE(hold(*first_, all_shards()).has_value());
  put(*first_, group(40, 1, "g", "Group", {{1}, {2}}));
  const auto later = look().now + 1;
  ASSERT_TRUE(eventually([&] { return look().now > later; }));
  put(*first_, message(40, 1, "a", "x"));
  put(*first_, join(40, 3));
  put(*first_, join(40, 4));
  put(*first_, leave(40, 4));
  auto found = written(all_shards(), later);
  EXPECT_EQ(found.at(40).head, 5);
  EXPECT_THAT(found.at(40).joined, UnorderedElementsAre(user_id{3}));
  put(*first_, leave(40, 2));
  put(*first_, group(50, 5, "another", "Another", {{5}, {6}}));
  put(*first_, leave(50, 6));
  found = written(all_shards(), later);
  EXPECT_THAT(found.at(40).joined, UnorderedElementsAre(user_id{3}));
  EXPECT_THAT(found.at(50).joined, UnorderedElementsAre(user_id{5}));
}

}  // namespace
}  // namespace parley::testing
