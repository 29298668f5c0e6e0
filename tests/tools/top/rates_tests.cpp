#include "tools/parley/top/rates.hpp"

#include <gmock/gmock.h>

#include "tests/tools/top/cluster_of_tests.hpp"

// What two snapshots say of the time between them.

namespace parley::top {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

TEST(rates_test, ARateNeedsTwoLooksAndIsByTheClockOfTheNodeThatCounted) {
  rates known;
  known.learn(two_nodes(1'000, 100));
  EXPECT_EQ(known.nodes()[0].handled, std::nullopt);
  auto later = two_nodes(2'000, 200);
  // Half a second later there, whatever the answering node's clock says.
  later.nodes[1].cut_at = at_ms(1'520);
  known.learn(later);
  EXPECT_THAT(known.nodes()[0].handled, Optional(1'100.0));
  EXPECT_THAT(known.nodes()[1].handled, Optional(2'200.0));
  EXPECT_THAT(known.handled(), Optional(3'300.0));
}

TEST(rates_test, KindsAreSummedOverTheNodesThatAreWanted) {
  rates known;
  known.learn(two_nodes(1'000, 100));
  known.learn(two_nodes(2'000, 150));
  const auto all = known.kinds({});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].kind, "session");
  EXPECT_EQ(all[0].alive, 4U);
  EXPECT_EQ(all[0].mailbox, 6U);
  EXPECT_THAT(all[0].handled, Optional(100.0));
  EXPECT_THAT(all[0].handled_by_node.at("node-2"), Optional(50.0));
  EXPECT_THAT(known.kinds({"node-2"})[1].handled, Optional(500.0));
  EXPECT_THAT(all[1].trend, ElementsAre(1'000.0));
}

TEST(rates_test, ANewLifeOfANodeHasNoRateAtFirst) {
  rates known;
  known.learn(two_nodes(1'000, 100));
  auto later = two_nodes(2'000, 5);
  later.nodes[0].incarnation = "2";
  known.learn(later);
  EXPECT_EQ(known.nodes()[0].handled, std::nullopt);
}

TEST(rates_test, ANodeThatGoesAwayStaysAsGoneUntilItComesBack) {
  rates known;
  known.learn(two_nodes(1'000, 100));
  auto missing = two_nodes(2'000, 100);
  missing.nodes[1].missing = "it does not answer";
  missing.nodes[1].cut_at.reset();
  known.learn(missing);
  EXPECT_EQ(known.nodes()[1].gone, "it does not answer");
  auto without = two_nodes(3'000, 100);
  without.nodes.pop_back();
  known.learn(without);
  ASSERT_EQ(known.nodes().size(), 2U);
  EXPECT_THAT(known.nodes()[1].gone, HasSubstr("no longer in the cluster"));
  known.learn(two_nodes(4'000, 100));
  EXPECT_EQ(known.nodes()[1].gone, "");
}

TEST(rates_test, SkewIsHowLongAfterTheFirstANodeLooked) {
  rates known;
  known.learn(two_nodes(1'000, 1));
  EXPECT_THAT(known.nodes()[0].skew_ms, Optional(0));
  EXPECT_THAT(known.nodes()[1].skew_ms, Optional(20));
}

TEST(rates_test, ActorsHaveRatesOfTheirMessagesTypesAndTime) {
  rates known;
  auto first = two_nodes(1'000, 1);
  first.actors = {actor_of("node-1/1", "session", 10)};
  first.actors[0].handling_us = times{1, 1, 1, 1, 1'000.0};
  first.edges = {{"node-1/2", "node-1/1", "ask", 5, 0, {}}};
  known.learn_actors(first);
  auto second = two_nodes(3'000, 1);
  second.actors = {actor_of("node-1/1", "session", 30), actor_of("node-1/7", "session", 8)};
  second.actors[0].handling_us = times{1, 1, 1, 1, 2'000.0};
  // Started after the first look: all of it was since.
  second.actors[1].started_at = at_ms(1'500);
  second.edges = {{"node-1/2", "node-1/1", "ask", 11, 0, {}}};
  known.learn_actors(second);
  EXPECT_THAT(known.actors()[0].handled, Optional(10.0));
  EXPECT_THAT(known.actors()[0].types, ElementsAre(Optional(10.0)));
  // 1 ms of one message in 64, in 2 s.
  EXPECT_THAT(known.actors()[0].busy, Optional(0.032));
  EXPECT_THAT(known.actors()[1].handled, Optional(4.0));
  EXPECT_THAT(known.edges()[0].count, Optional(3.0));
}

TEST(rates_test, AnActorThatWasNotLookedAtBeforeHasNoRate) {
  rates known;
  known.learn_actors(two_nodes(1'000, 1));
  auto second = two_nodes(2'000, 1);
  second.actors = {actor_of("node-1/1", "session", 1'000'000)};
  known.learn_actors(second);
  EXPECT_EQ(known.actors()[0].handled, std::nullopt);
}

TEST(clock_test, ShowsTheTimeOfDayOfAMoment) {
  EXPECT_EQ(clock_of("2026-05-01T17:42:03.000Z"), "17:42:03");
}

}  // namespace
}  // namespace parley::top
