#include "actors/placement/cluster_picture.hpp"

#include <gtest/gtest.h>

#include <map>

namespace parley {
namespace {

constexpr incarnation_id self{1};
constexpr incarnation_id ben{2};
constexpr incarnation_id cleo{3};

node_record node(incarnation_id incarnation, std::int64_t beat) {
  node_record record;
  record.name = "node-" + to_text(incarnation);
  record.incarnation = incarnation;
  record.address = "127.0.0.1:740" + to_text(incarnation);
  record.state = node_state::serving;
  record.beat = beat;
  record.beat_at = 1'000;
  record.started_at = incarnation.value;
  return record;
}

/// Three nodes, of which Ben holds shard 7.
cluster_view view(std::int64_t beat_of_ben, incarnation_id holder_of_7 = ben) {
  cluster_view seen;
  seen.nodes = {node(self, 1), node(ben, beat_of_ben), node(cleo, beat_of_ben)};
  seen.owners.resize(static_cast<std::size_t>(shard_count));
  seen.owners[7] = holder_of_7;
  seen.now = 2'000;
  return seen;
}

class ClusterPicture : public testing::Test {
protected:
  /// An own successful beat; Cleo's count always grows, Ben's is given.
  void own_beat(std::int64_t ben_beat) {
    auto seen = view(ben_beat);
    seen.nodes[2].beat = ++cleo_beat_;
    picture.beat(seen);
  }

  cluster_picture picture{self};

private:
  std::int64_t cleo_beat_ = 0;
};

TEST_F(ClusterPicture, CallsNobodyDeadBeforeFiveOwnBeatsWithoutTheirs) {
  own_beat(10);
  for (int i = 0; i < 4; ++i) own_beat(10);
  EXPECT_TRUE(picture.lives(ben));
  own_beat(10);
  EXPECT_FALSE(picture.lives(ben));
  EXPECT_TRUE(picture.lives(cleo));
}

TEST_F(ClusterPicture, BelievesADeadNodeThatBeatsAgain) {
  for (int i = 0; i < 6; ++i) own_beat(10);
  ASSERT_FALSE(picture.lives(ben));
  own_beat(11);
  EXPECT_TRUE(picture.lives(ben));
}

TEST_F(ClusterPicture, AccusesNobodyWhileItsOwnBeatsFail) {
  own_beat(10);
  // Looks without a beat of one's own, however many, say nothing about who is silent.
  for (int i = 0; i < 20; ++i) picture.look(view(10));
  EXPECT_TRUE(picture.lives(ben));
}

TEST_F(ClusterPicture, LetsANodeLiveThatCameBetweenTwoBeats) {
  auto before = view(1);
  std::erase_if(before.nodes, [](const node_record& each) { return each.incarnation == ben; });
  before.owners[7] = {};
  picture.beat(before);
  picture.look(view(1));
  EXPECT_TRUE(picture.lives(ben)) << "its writers would be ended, and its shards taken";
}

TEST_F(ClusterPicture, KnowsANodeDeadAtOnceWhoseLinkBrokeAndWhoseLocksAreGone) {
  own_beat(10);
  picture.reached(ben);
  picture.lost(ben);
  EXPECT_TRUE(picture.lives(ben)) << "its backend still holds a lock";
  picture.look(view(10, {}));
  EXPECT_FALSE(picture.lives(ben));
}

TEST_F(ClusterPicture, KnowsANodeDeadThatBeatOnceMoreBeforeItsLinkBroke) {
  own_beat(10);
  picture.reached(ben);
  picture.lost(ben);
  // The first look that sees its last beat.
  picture.look(view(11));
  picture.look(view(11, {}));
  EXPECT_FALSE(picture.lives(ben));
}

TEST_F(ClusterPicture, DoesNotGiveWayToANodeThatIsDying) {
  auto own = node(self, 1);
  own.started_at = 100;
  picture.reached(cleo);
  for (int i = 0; i < 4; ++i) {
    auto seen = view(10);
    seen.nodes[1].links = {self, cleo};
    seen.nodes[2].beat = i;
    picture.beat(seen);
    if (i == 0) {
      picture.reached(ben);
      picture.lost(ben);
    }
    EXPECT_FALSE(picture.must_give_way(own)) << i;
  }
}

TEST_F(ClusterPicture, DoesNotCallANodeDeadThatBeatsOnBehindABrokenLink) {
  own_beat(10);
  picture.reached(ben);
  picture.lost(ben);
  picture.look(view(11, {}));
  picture.look(view(12, {}));
  EXPECT_TRUE(picture.lives(ben));
}

TEST_F(ClusterPicture, DoesNotCallANewNodeDeadThatWasNeverReachedAndHoldsNothing) {
  own_beat(10);
  picture.look(view(10, {}));
  EXPECT_TRUE(picture.lives(cleo));
}

TEST_F(ClusterPicture, CallsANodeGoneThatWasSilentLongBeforeThisOneCame) {
  auto seen = view(10);
  seen.nodes[1].beat_at = 1'000;
  seen.now = 100'000;
  picture.beat(seen);
  EXPECT_FALSE(picture.lives(ben));
}

TEST_F(ClusterPicture, TrustsWhatAReachedPeerSaysMoreThanTheLastLookAtTheLocks) {
  own_beat(10);
  EXPECT_EQ(picture.holder_of({7}), ben);
  picture.reached(ben);
  picture.announced({ben, node_state::serving, true, {}});
  EXPECT_EQ(picture.holder_of({7}), incarnation_id{}) << "given away since";
  picture.announced({ben, node_state::serving, true, {{7}, {9}}});
  EXPECT_EQ(picture.holder_of({9}), ben) << "taken since";
  picture.lost(ben);
  EXPECT_EQ(picture.holder_of({9}), incarnation_id{});
  EXPECT_EQ(picture.holder_of({7}), ben);
}

TEST_F(ClusterPicture, OffersShardsOnlyToThoseThatServe) {
  own_beat(10);
  EXPECT_EQ(picture.serving_peers().size(), 2U);
  picture.reached(ben);
  picture.announced({ben, node_state::draining, true, {}});
  EXPECT_EQ(picture.serving_peers().size(), 1U);
  picture.announced({ben, node_state::serving, false, {}});
  EXPECT_EQ(picture.serving_peers().size(), 1U) << "it does not reach the database";
}

TEST_F(ClusterPicture, BelievesAPeersLastWordOfTheDatabase) {
  own_beat(10);
  EXPECT_FALSE(picture.others_reach_database());
  picture.reached(ben);
  picture.announced({ben, node_state::serving, true, {}});
  EXPECT_TRUE(picture.others_reach_database());
  // It ends the link to a node that it has to bury, which is when this is asked.
  picture.lost(ben);
  EXPECT_TRUE(picture.others_reach_database());
  picture.announced({ben, node_state::serving, false, {}});
  EXPECT_FALSE(picture.others_reach_database()) << "the database is away for all";
}

TEST_F(ClusterPicture, GivesWayToAPeerWithMoreLinks) {
  auto own = node(self, 1);
  for (int i = 0; i < 6; ++i) {
    auto seen = view(10 + i);
    seen.nodes[1].links = {cleo};
    picture.beat(seen);
  }
  EXPECT_TRUE(picture.must_give_way(own)) << "nobody is reached, and Ben reaches Cleo";
  picture.reached(ben);
  picture.reached(cleo);
  EXPECT_FALSE(picture.must_give_way(own));
}

TEST_F(ClusterPicture, LetsTheOlderOneStayWhereBothHaveAsManyLinks) {
  auto own = node(self, 1);
  for (int i = 0; i < 6; ++i) own_beat(10 + i);
  own.started_at = 100;
  EXPECT_TRUE(picture.must_give_way(own));
  own.started_at = 0;
  EXPECT_FALSE(picture.must_give_way(own));
}

TEST(Rendezvous, MovesOnlyWhatANewNodeGains) {
  const candidate a{{1}, hash_of_name("node-1")};
  const candidate b{{2}, hash_of_name("node-2")};
  const candidate c{{3}, hash_of_name("node-3")};
  const std::vector<candidate> two{a, b};
  const std::vector<candidate> three{c, a, b};
  std::map<incarnation_id, int> owned;
  for (std::int32_t i = 0; i < shard_count; ++i) {
    const auto before = rightful_owner({i}, two);
    const auto after = rightful_owner({i}, three);
    ++owned[after];
    EXPECT_TRUE(after == before || after == c.incarnation);
  }
  for (const auto& each : three) EXPECT_NEAR(owned[each.incarnation], shard_count / 3, 60);
}

TEST(Rendezvous, GivesANodeThatIsStartedAgainWhatItHad) {
  const std::vector<candidate> before{{{1}, hash_of_name("node-1")}, {{2}, hash_of_name("node-2")}};
  const std::vector<candidate> after{{{9}, hash_of_name("node-1")}, {{2}, hash_of_name("node-2")}};
  for (std::int32_t i = 0; i < shard_count; ++i)
    EXPECT_EQ(rightful_owner({i}, before) == incarnation_id{1},
              rightful_owner({i}, after) == incarnation_id{9});
}

TEST(Rendezvous, NamesNobodyWithoutCandidates) { EXPECT_EQ(rightful_owner({1}, {}), incarnation_id{}); }

}  // namespace
}  // namespace parley
