#include "tools/parley/topology/statistics.hpp"

#include <gmock/gmock.h>

#include "tests/tools/topology/sample.hpp"
#include "tools/parley/topology/difference.hpp"

namespace parley::topology {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(imbalance_test, EqualPlacesAreBalanced) {
  const auto found = imbalance_of({4, 4, 4, 4});
  EXPECT_DOUBLE_EQ(found.max_over_mean, 1);
  EXPECT_DOUBLE_EQ(found.variation, 0);
  EXPECT_DOUBLE_EQ(found.gini, 0);
}

TEST(imbalance_test, OnePlaceWithEverythingIsAsUnevenAsItGets) {
  const auto found = imbalance_of({0, 0, 0, 8});
  EXPECT_DOUBLE_EQ(found.max_over_mean, 4);
  EXPECT_DOUBLE_EQ(found.gini, 0.75);  // 1 - 1/n
  EXPECT_NEAR(found.variation, 1.7320508, 1e-6);
}

TEST(imbalance_test, NothingIsNoDivisionByNothing) {
  EXPECT_DOUBLE_EQ(imbalance_of({}).max_over_mean, 0);
  EXPECT_DOUBLE_EQ(imbalance_of({0, 0}).gini, 0);
}

TEST(statistics_test, TheCutIsWhatGoesBetweenNodes) {
  const auto found = statistics_of(sample());
  EXPECT_EQ(found.edge_messages, 851);
  EXPECT_EQ(found.cut_messages, 180);
  EXPECT_DOUBLE_EQ(found.cut_ratio.value(), 180.0 / 851);
}

TEST(statistics_test, ADegreeCountsOthersAndNotTypes) {
  const auto found = statistics_of(sample());
  const auto& sessions = found.message_degrees.at("session");
  EXPECT_EQ(sessions.vertices, 2);
  // Both send to the conversation, one of them two types.
  EXPECT_DOUBLE_EQ(sessions.out_mean, 1);
  EXPECT_EQ(sessions.messages_out, 142);
  const auto& conversation = found.message_degrees.at("conversation");
  EXPECT_EQ(conversation.in_max, 2);
  EXPECT_EQ(conversation.out_max, 3);
  EXPECT_EQ(found.message_degrees.at("log_writer").out_max, 0);
  EXPECT_EQ(found.message_degrees.at("(not listed)").vertices, 1);
  EXPECT_EQ(found.flow_degrees.at("conversation").out_max, 3);
}

TEST(statistics_test, TheBusiestComeFirst) {
  const auto found = statistics_of(sample());
  ASSERT_FALSE(found.senders.empty());
  EXPECT_EQ(found.senders[0].who, "node-1/5");
  EXPECT_EQ(found.senders[0].amount, 420);
  EXPECT_EQ(found.talkers[0].who, "conversation:c1");
  EXPECT_EQ(found.mailboxes[0].who, "node-1/1");
  EXPECT_EQ(found.mailboxes.size(), 2);  // the others are empty
  EXPECT_EQ(found.highest_mailboxes[0].amount, 31);
}

TEST(statistics_test, HopsAreTheShortestWayBetweenSessions) {
  const auto found = statistics_of(sample());
  EXPECT_EQ(found.sessions, 2);
  // session -> conversation -> relay -> session, in both directions.
  EXPECT_THAT(found.hops, ElementsAre(Pair(3, 2)));
}

TEST(statistics_test, WithoutEdgesItSaysSo) {
  auto taken = sample();
  taken.edges.clear();
  const auto found = statistics_of(taken);
  EXPECT_FALSE(found.cut_ratio);
  EXPECT_THAT(to_text(found), HasSubstr("no edges were counted"));
  EXPECT_TRUE(to_json(found).at("cut_ratio").is_null());
}

TEST(difference_test, ASnapshotDoesNotDifferFromItself) {
  const auto found = difference_between(sample(), sample());
  EXPECT_THAT(to_text(found), HasSubstr("nothing differs"));
  EXPECT_THAT(found.counts, IsEmpty());
}

/// The sample after node-2 died: its user's actor is on node-1 now.
snapshot after_a_death() {
  auto later = sample();
  std::erase_if(later.actors, [](const actor& each) { return each.node == "node-2"; });
  std::erase_if(later.edges, [](const edge& each) {
    return node_of(each.to) == "node-2" || node_of(each.from) == "node-2";
  });
  later.nodes[1].missing = "it did not answer within 2 s";
  actor moved;
  moved.id = "node-1/90";
  moved.node = "node-1";
  moved.kind = "user";
  moved.entity = "person:p2";
  later.actors.push_back(moved);
  later.actors[0].handled += 1'000;
  later.edges[0].count += 5;
  return later;
}

TEST(difference_test, AnEntityThatIsOnAnotherNodeHasMoved) {
  const auto found = difference_between(sample(), after_a_death());
  EXPECT_THAT(found.nodes_gone, ElementsAre("node-2"));
  ASSERT_EQ(found.actors_moved.size(), 1);
  EXPECT_EQ(found.actors_moved[0].from, "node-2/3");
  EXPECT_EQ(found.actors_moved[0].to, "node-1/90");
  EXPECT_THAT(found.actors_came, IsEmpty());
  EXPECT_EQ(found.actors_gone.size(), 2);
  EXPECT_EQ(found.edges_gone.size(), 4);
  ASSERT_FALSE(found.counts.empty());
  EXPECT_EQ(found.counts[0].who, "node-1/1");
  EXPECT_EQ(found.counts[0].by(), 1'000);
}

TEST(difference_test, TheOtherWayRoundIsTheOpposite) {
  const auto found = difference_between(after_a_death(), sample());
  EXPECT_THAT(found.nodes_came, ElementsAre("node-2"));
  EXPECT_EQ(found.actors_came.size(), 2);
  EXPECT_EQ(found.actors_moved.size(), 1);
  EXPECT_EQ(found.edges_came.size(), 4);
}

TEST(difference_test, ANumberMeansAnotherActorInAnotherLife) {
  auto later = sample();
  later.nodes[1].incarnation = "another-life";
  const auto found = difference_between(sample(), later);
  EXPECT_THAT(found.nodes_came, ElementsAre("node-2"));
  EXPECT_THAT(found.nodes_gone, ElementsAre("node-2"));
  // The session and the user have entities; the relay has none and is another one.
  EXPECT_EQ(found.actors_restarted.size(), 2);
  EXPECT_EQ(found.actors_came.size(), 1);
  EXPECT_EQ(found.actors_gone.size(), 1);
}

}  // namespace
}  // namespace parley::topology
