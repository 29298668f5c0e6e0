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
  first.edges = {{"node-1/2", "node-1/1", "ask", 5}};
  known.learn_actors(first);
  auto second = two_nodes(3'000, 1);
  second.actors = {actor_of("node-1/1", "session", 30), actor_of("node-1/7", "session", 8)};
  second.actors[0].handling_us = times{1, 1, 1, 1, 2'000.0};
  // Started after the first look: all of it was since.
  second.actors[1].started_at = at_ms(1'500);
  second.edges = {{"node-1/2", "node-1/1", "ask", 11}};
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

TEST(snapshot_test, AnswersThatAreNoSnapshotAreRefused) {
  const auto read = read_snapshot(client::json::object{{"schema", "parley.topology/9"}});
  ASSERT_TRUE(read.has_error());
  EXPECT_THAT(read.error().message, HasSubstr("'parley.topology/9'"));
}

TEST(snapshot_test, WhatTheSchemaNamesIsRead) {
  const auto read = read_snapshot(*client::parse_json(R"({"schema":"parley.topology/1","taken_at":"t",
    "answered_by":"node-1","skew_ms":7,"names":false,
    "nodes":[{"name":"node-1","incarnation":"5","level":"edges","cut_at":null,"actors":3,"missing":"gone"}],
    "kinds":[{"node":"node-1","kind":"user","alive":1,"started":4,"enqueued":9,"handled":5,"discarded":2}],
    "actors":[{"id":"node-1/3","node":"node-1","kind":"user","entity":null,"shard":0,"parent":null,
      "started_at":"s","mailbox":1,"mailbox_highest":2,"enqueued":6,"handled":5,"types":{"a":5},
      "waited_us":null,"handling_us":{"count":2,"p50":1,"p99":2.5,"max":3,"sum":4}}],
    "edges":[{"from":"node-1/1","to":"node-1/3","type":"a","count":5,"error":0}],"flows":[]})"));
  ASSERT_FALSE(read.has_error());
  EXPECT_EQ(read->nodes[0].missing, "gone");
  EXPECT_EQ(read->kinds[0].discarded, 2U);
  EXPECT_EQ(read->actors[0].shard, 0U);
  EXPECT_EQ(read->actors[0].types[0].second, 5U);
  EXPECT_FALSE(read->actors[0].waited_us.has_value());
  EXPECT_DOUBLE_EQ(read->actors[0].handling_us->p99, 2.5);
  EXPECT_EQ(read->edges[0].to, "node-1/3");
}

TEST(snapshot_test, MomentsAreUtcWithMilliseconds) {
  EXPECT_EQ(moment_of("1970-01-02T00:00:01.250Z"), 86'401'250);
  EXPECT_EQ(moment_of("1970-13-02T00:00:01.250Z"), std::nullopt);
  EXPECT_EQ(moment_of("yesterday"), std::nullopt);
  EXPECT_EQ(clock_of("2026-05-01T17:42:03.000Z"), "17:42:03");
}

}  // namespace
}  // namespace parley::top
