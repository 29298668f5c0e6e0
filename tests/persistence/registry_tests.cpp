#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/persistence/support/cluster_world.hpp"
#include "tests/persistence/support/items.hpp"

// Names, beats, and what nodes see of each other.

namespace parley::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class registry_test : public in_both_worlds {
protected:
  static node_record node(const std::string& name, std::int64_t incarnation) {
    node_record record;
    record.name = name;
    record.incarnation = {incarnation};
    record.address = "10.0.0.1:7401";
    record.url = "https://" + name;
    record.version = "1.2.3";
    return record;
  }
  static const node_record* find(const cluster_view& view, std::int64_t incarnation) {
    const auto found = std::ranges::find(view.nodes, incarnation_id{incarnation}, &node_record::incarnation);
    return found == view.nodes.end() ? nullptr : &*found;
  }
  static std::vector<std::string> names(const cluster_view& view) {
    std::vector<std::string> all;
    for (const auto& each : view.nodes) all.push_back(each.name);
    return all;
  }
  cluster_view look(cluster_registry& registry) {
    auto view = registry.look();
    EXPECT_TRUE(view.has_value());
    return view.has_value() ? std::move(view.value()) : cluster_view{};
  }

  const node_record one_ = node("node-1", 11);
  const node_record two_ = node("node-2", 22);
  std::unique_ptr<cluster_registry> first_ = world_->registry("node-1", 11);
  std::unique_ptr<cluster_registry> second_ = world_->registry("node-2", 22);
};

INSTANTIATE_TEST_SUITE_P(In, registry_test, both_worlds(), name_of);

TEST_P(registry_test, ANodeThatJoinsIsSeenByItselfAndByOthers) {
  const auto alone = first_->join(one_);
  ASSERT_TRUE(alone.has_value());
  EXPECT_THAT(names(alone.value()), UnorderedElementsAre("node-1"));
  const auto both = second_->join(two_);
  ASSERT_TRUE(both.has_value());
  EXPECT_THAT(names(both.value()), UnorderedElementsAre("node-1", "node-2"));
  EXPECT_THAT(names(look(*first_)), UnorderedElementsAre("node-1", "node-2"));
  const auto view = look(*first_);
  const auto* other = find(view, 22);
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(other->name, "node-2");
  EXPECT_EQ(other->address, "10.0.0.1:7401");
  EXPECT_EQ(other->url, "https://node-2");
  EXPECT_EQ(other->version, "1.2.3");
  EXPECT_EQ(other->state, node_state::starting);
  EXPECT_THAT(other->links, IsEmpty());
  EXPECT_FALSE(other->drain_wanted);
  EXPECT_GT(other->started_at, 0);
  EXPECT_GE(view.now, other->beat_at);
  EXPECT_LT(view.now - other->beat_at, 60'000);
}

TEST_P(registry_test, ABeatIsCountedAndTellsWhatTheNodeIsAbout) {
  const auto joined = first_->join(one_).value();
  ASSERT_TRUE(second_->join(two_).has_value());
  auto self = one_;
  self.state = node_state::serving;
  self.links = {{22}, {9'223'372'036'854'775'807}};
  self.url = "https://elsewhere";
  self.figures = {15'000, 300, 1'000'000'007, 1'234, {{{22}, 56}, {{33}, 0}}};
  const auto own = first_->beat(self).value();
  EXPECT_EQ(find(own, 11)->beat, find(joined, 11)->beat + 1);
  ASSERT_TRUE(first_->beat(self).has_value());
  const auto view = second_->beat(two_).value();
  const auto* seen = find(view, 11);
  ASSERT_NE(seen, nullptr);
  EXPECT_EQ(seen->beat, find(joined, 11)->beat + 2);
  EXPECT_EQ(seen->state, node_state::serving);
  EXPECT_EQ(seen->links, self.links);
  EXPECT_EQ(seen->url, "https://elsewhere");
  EXPECT_EQ(seen->figures, self.figures);
  EXPECT_EQ(seen->started_at, find(joined, 11)->started_at);
  // Looking counts nothing.
  EXPECT_EQ(find(look(*first_), 11)->beat, seen->beat);
}

TEST_P(registry_test, ANameInUseIsRefusedAndItsHolderNamed) {
  ASSERT_TRUE(first_->join(one_).has_value());
  const auto twin = world_->registry("node-1", 12);
  const auto refused = twin->join(node("node-1", 12));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, errc::conflict);
  EXPECT_THAT(refused.error().message,
              HasSubstr("node.name 'node-1' is in use by 'parley node-1 11 registry'"));
  EXPECT_THAT(names(look(*first_)), UnorderedElementsAre("node-1"));
  EXPECT_EQ(look(*first_).nodes.front().incarnation, incarnation_id{11});
  // It is not part of the cluster, and its calls say so.
  EXPECT_EQ(twin->beat(node("node-1", 12)).error().code, errc::unavailable);
  EXPECT_EQ(twin->end_writers({11}).error().code, errc::unavailable);
}

TEST_P(registry_test, ANodeThatLeavesIsGoneAndItsNameFree) {
  ASSERT_TRUE(first_->join(one_).has_value());
  ASSERT_TRUE(second_->join(two_).has_value());
  first_->leave();
  EXPECT_THAT(names(look(*second_)), UnorderedElementsAre("node-2"));
  EXPECT_TRUE(first_->look().has_error());
  const auto next = world_->registry("node-1", 12);
  EXPECT_TRUE(next->join(node("node-1", 12)).has_value());
}

TEST_P(registry_test, ANodeThatDiesStaysUntilItComesBackOrIsForgotten) {
  ASSERT_TRUE(first_->join(one_).has_value());
  ASSERT_TRUE(second_->join(two_).has_value());
  first_.reset();
  EXPECT_THAT(names(look(*second_)), UnorderedElementsAre("node-1", "node-2"));
  const auto next = world_->registry("node-1", 12);
  ASSERT_TRUE(next->join(node("node-1", 12)).has_value());
  const auto view = look(*second_);
  EXPECT_EQ(find(view, 11), nullptr);
  EXPECT_NE(find(view, 12), nullptr);
  ASSERT_TRUE(second_->forget({12}).has_value());
  EXPECT_THAT(names(look(*second_)), UnorderedElementsAre("node-2"));
}

TEST_P(registry_test, AnotherLifeOfANodeEndsTheWritersOfTheOneBefore) {
  ASSERT_TRUE(second_->join(two_).has_value());
  const auto old = world_->writer("node-1", 11);
  const auto other = world_->writer("node-10", 110);
  ASSERT_TRUE(hold(*old, {{1}, {2}}).has_value());
  ASSERT_TRUE(hold(*other, {{3}}).has_value());
  const auto view = world_->registry("node-1", 12)->join(node("node-1", 12));
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view.value().owners[1], incarnation_id{});
  EXPECT_EQ(view.value().owners[2], incarnation_id{});
  EXPECT_EQ(view.value().owners[3], incarnation_id{110});
}

TEST_P(registry_test, ARowThatWasLostIsMadeAgainWithTheNextBeat) {
  const auto joined = first_->join(one_).value();
  ASSERT_TRUE(second_->join(two_).has_value());
  ASSERT_TRUE(second_->forget({11}).has_value());
  const auto view = first_->beat(one_);
  ASSERT_TRUE(view.has_value());
  ASSERT_NE(find(view.value(), 11), nullptr);
  EXPECT_EQ(find(view.value(), 11)->started_at, find(joined, 11)->started_at);
  EXPECT_THAT(names(look(*second_)), UnorderedElementsAre("node-1", "node-2"));
}

TEST_P(registry_test, WhatAnOperatorWantsIsReadWithTheNextBeatAndStays) {
  ASSERT_TRUE(first_->join(one_).has_value());
  EXPECT_EQ(world_->request_drain("node-9").error().code, errc::not_found);
  ASSERT_TRUE(world_->request_drain("node-1").has_value());
  EXPECT_TRUE(find(first_->beat(one_).value(), 11)->drain_wanted);
  EXPECT_TRUE(find(first_->beat(one_).value(), 11)->drain_wanted);
  // Its next life is another one.
  first_->leave();
  const auto next = world_->registry("node-1", 12);
  EXPECT_FALSE(find(next->join(node("node-1", 12)).value(), 12)->drain_wanted);
}

TEST_P(registry_test, AConnectionThatBrokeIsOpenedAnewAndHasTheNameAgain) {
  ASSERT_TRUE(first_->join(one_).has_value());
  world_->end_backend(*first_);
  const auto broken = first_->beat(one_);
  ASSERT_TRUE(broken.has_error());
  EXPECT_EQ(broken.error().code, errc::unavailable);
  ASSERT_TRUE(first_->beat(one_).has_value());
  const auto twin = world_->registry("node-1", 12);
  EXPECT_EQ(twin->join(node("node-1", 12)).error().code, errc::conflict);
}

TEST_P(registry_test, ANameThatSomebodyElseTookMeanwhileIsLost) {
  ASSERT_TRUE(first_->join(one_).has_value());
  world_->end_backend(*first_);
  const auto twin = world_->registry("node-1", 12);
  ASSERT_TRUE(twin->join(node("node-1", 12)).has_value());
  ASSERT_TRUE(first_->beat(one_).has_error());
  const auto refused = first_->beat(one_);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, errc::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("parley node-1 12 registry"));
  EXPECT_THAT(look(*twin).nodes, ::testing::SizeIs(1));
}

TEST_P(registry_test, BeforeANodeHasJoinedNothingCanBeAsked) {
  EXPECT_EQ(first_->beat(one_).error().code, errc::unavailable);
  EXPECT_EQ(first_->look().error().code, errc::unavailable);
  EXPECT_EQ(first_->written_since(all_shards(), 0).error().code, errc::unavailable);
  EXPECT_EQ(first_->note_taken(all_shards(), {11}).error().code, errc::unavailable);
  first_->leave();
}

}  // namespace
}  // namespace parley::testing
