#include <gtest/gtest.h>

#include <algorithm>

#include "actors/contract/values/node_counters.hpp"
#include "tests/link/support_pair.hpp"

namespace parley {
namespace {

using namespace std::chrono_literals;

TEST(Link, BeginsWithEverybodyToldThatNothingSaidBeforeCounts) {
  link_pair pair;
  pair.establish();
  for (auto* each : {&pair.one(), &pair.other()}) {
    EXPECT_EQ(each->placement, (journal{"reached", "begins"}));
    EXPECT_EQ(each->relay, journal{"state again"});
    EXPECT_EQ(each->shard, journal{"forgotten"});
  }
}

TEST(Link, IsDialledByTheNodeWithTheSmallerIncarnationOnly) {
  link_pair pair;
  EXPECT_EQ(pair.one().network->dials, 1);
  EXPECT_EQ(pair.other().network->dials, 0);
  pair.establish();
  pair.cut();
  pair.pass(100ms);
  EXPECT_EQ(pair.one().network->dials, 2);
  EXPECT_EQ(pair.other().network->dials, 0);
}

TEST(Link, DialsAgainEverMoreRarelyUpToOnceASecond) {
  link_pair pair;
  auto& dials = pair.one().network->dials;
  std::vector<int> after;
  for (int failures = 0; failures < 8; ++failures) {
    const auto before = dials;
    caf::anon_send(pair.one().link, wire_failed{pair.other().node, "refused"});
    pair.settle();
    int waited = 0;
    for (; dials == before && waited < 2'000; waited += 10) pair.pass(10ms);
    after.push_back(waited);
  }
  EXPECT_EQ(after, (std::vector<int>{50, 100, 200, 400, 800, 1'000, 1'000, 1'000}));
}

TEST(Link, AsksTheNetworkAgainThatSaysNothing) {
  link_pair pair;
  pair.pass(11s);
  EXPECT_EQ(pair.one().network->dials, 2);
}

TEST(Link, DeliversInOrderToTheShardAndTheRelay) {
  link_pair pair;
  pair.establish();
  pair.ask(pair.one(), 1);
  pair.ask(pair.one(), 2);
  pair.say(pair.one(), "3");
  pair.settle();
  pair.deliver_all();
  EXPECT_EQ(pair.other().all, (journal{"forgotten", "state again", "ask 1", "ask 2", "3"}));
}

TEST(Link, CarriesCallsAndTellsTheForwarderHowItStands) {
  link_pair pair;
  pair.establish();
  const auto say = [&](const message_to_forwarder& what) {
    caf::anon_send(pair.one().link, send_to_peer{what});
    pair.settle();
    pair.deliver_all();
  };
  say(call_forwarded{pair.one().node, 1, call_head{}, "one", true});
  say(call_answered{pair.one().node, 2, outcome<answer_head>(answer_head{}), "two", true});
  say(call_bytes_taken{pair.one().node, 3});
  pair.cut();
  pair.establish();
  EXPECT_EQ(pair.other().forwarder,
            (journal{"reached", "begins", "call one", "answer two", "taken 3", "lost", "reached"}));
}

TEST(Link, SendsWhatPiledUpInOneFrame) {
  link_pair pair;
  pair.establish();
  for (int i = 1; i <= 50; ++i) pair.say(pair.one(), std::to_string(i));
  pair.settle();
  EXPECT_EQ(pair.one().way->on_the_way.size(), 1U);
}

TEST(Link, CutsWhatPiledUpIntoFramesOfAtMostSoManyBytes) {
  link_pair pair;
  pair.establish();
  for (std::uint64_t i = 1; i <= 40; ++i) pair.ask(pair.one(), i, 10'000);
  pair.settle();
  EXPECT_GE(pair.one().way->on_the_way.size(), 7U);
  for (const auto& bytes : pair.one().way->on_the_way) EXPECT_LE(bytes.size(), 66'000U);
  pair.deliver_all();
  EXPECT_EQ(pair.other().shard.size(), 41U);
}

TEST(Link, AcknowledgesAfterAShortTimeWhatNothingElseGoesBackFor) {
  link_pair pair;
  pair.establish();
  pair.pass(50ms);
  pair.deliver_all();
  pair.say(pair.one(), "1");
  pair.settle();
  ASSERT_TRUE(pair.deliver(pair.one()));
  EXPECT_FALSE(pair.deliver(pair.other()));
  pair.pass(20ms);
  EXPECT_TRUE(pair.deliver(pair.other()));
  EXPECT_FALSE(pair.deliver(pair.other()));
}

TEST(Link, AcknowledgesWithWhatGoesBackAnyway) {
  link_pair pair;
  pair.establish();
  pair.pass(50ms);
  pair.deliver_all();
  pair.say(pair.one(), "1");
  pair.settle();
  ASSERT_TRUE(pair.deliver(pair.one()));
  pair.say(pair.other(), "2");
  pair.settle();
  pair.pass(30ms);
  EXPECT_TRUE(pair.deliver(pair.other()));
  EXPECT_FALSE(pair.deliver(pair.other()));
}

TEST(Link, SurvivesACutWithoutAnybodyNoticing) {
  link_pair pair;
  pair.establish();
  const auto resumed = counters.link.resumed.value();
  pair.say(pair.one(), "1");
  pair.settle();
  pair.deliver_all();
  pair.say(pair.one(), "2");
  pair.settle();
  pair.cut();  // and 2 is lost on the way
  pair.say(pair.one(), "3");
  pair.establish();
  EXPECT_EQ(pair.other().relay, (journal{"state again", "1", "2", "3"}));
  EXPECT_EQ(pair.other().placement, (journal{"reached", "begins", "lost", "reached"}));
  EXPECT_EQ(pair.one().relay, journal{"state again"});
  EXPECT_EQ(counters.link.resumed.value() - resumed, 2U);
}

TEST(Link, DeliversOnceWhatArrivedAndWasNotAcknowledgedBeforeTheCut) {
  link_pair pair;
  pair.establish();
  pair.say(pair.one(), "1");
  pair.settle();
  ASSERT_TRUE(pair.deliver(pair.one()));
  pair.cut();
  pair.establish();
  EXPECT_EQ(pair.other().relay, (journal{"state again", "1"}));
}

TEST(Link, ClosesTheWireWhenAMessageIsMissingAndResumes) {
  link_pair pair;
  pair.establish();
  pair.say(pair.one(), "1");
  pair.settle();
  pair.lose(pair.one());
  pair.say(pair.one(), "2");
  pair.settle();
  ASSERT_TRUE(pair.deliver(pair.one()));
  EXPECT_FALSE(pair.other().way->is_open);
  pair.cut();
  pair.establish();
  EXPECT_EQ(pair.other().relay, (journal{"state again", "1", "2"}));
}

TEST(Link, NoticesThatAMessageWasLostEvenWhenNothingFollows) {
  link_pair pair;
  pair.establish();
  pair.say(pair.one(), "1");
  pair.settle();
  pair.lose(pair.one());
  pair.pass(500ms);
  pair.deliver_all();
  EXPECT_FALSE(pair.other().way->is_open);
  pair.cut();
  pair.establish();
  EXPECT_EQ(pair.other().relay, (journal{"state again", "1"}));
}

TEST(Link, DropsWhatArrivesTwice) {
  link_pair pair;
  pair.establish();
  pair.say(pair.one(), "1");
  pair.settle();
  pair.repeat(pair.one());
  pair.deliver_all();
  EXPECT_EQ(pair.other().relay, (journal{"state again", "1"}));
}

TEST(Link, BeginsAnewWhenTheRingOverflowsAndSaysSo) {
  link_pair pair(small(), small());
  pair.establish();
  const auto overflows = counters.link.overflows.value();
  pair.cut();
  for (int i = 1; i <= 9; ++i) pair.say(pair.one(), std::to_string(i));
  pair.settle();
  EXPECT_EQ(counters.link.overflows.value() - overflows, 1U);
  pair.say(pair.one(), "10");  // lost as well: nobody hears of it before the stream begins
  pair.settle();
  pair.establish();
  pair.say(pair.one(), "11");
  pair.settle();
  pair.deliver_all();
  EXPECT_EQ(pair.other().all, (journal{"forgotten", "state again", "forgotten", "state again", "11"}));
  EXPECT_EQ(pair.one().relay, (journal{"state again", "state again"}));
}

TEST(Link, ClosesAWireOverWhichThePeerTakesNothing) {
  link_pair pair(small(), small());
  pair.establish();
  for (int i = 1; i <= 9; ++i) pair.say(pair.one(), std::to_string(i));
  pair.settle();
  EXPECT_FALSE(pair.one().way->is_open);
  EXPECT_EQ(pair.one().placement.back(), "lost");
}

TEST(Link, RefusesRequestsWhileMoreThanHalfOfTheRingIsFullAndNothingElse) {
  link_pair pair(small(), small());
  pair.establish();
  for (std::uint64_t i = 1; i <= 5; ++i) pair.ask(pair.one(), i);
  pair.settle();
  EXPECT_TRUE(pair.one().answers.empty());
  pair.ask(pair.one(), 6);
  pair.say(pair.one(), "7");
  pair.settle();
  ASSERT_EQ(pair.one().answers.size(), 1U);
  EXPECT_EQ(pair.one().answers.front().number, 6U);
  EXPECT_EQ(pair.one().answers.front().result.error().code, errc::overloaded);
  pair.deliver_all();
  pair.pass(100ms);
  pair.deliver_all();
  EXPECT_EQ(pair.other().shard.back(), "ask 5");
  EXPECT_EQ(pair.other().relay.back(), "7");
}

TEST(Link, SendsOnAsSoonAsThereIsRoomInTheWindow) {
  link_pair pair(small(), small());
  pair.establish();
  for (int i = 1; i <= 6; ++i) pair.say(pair.one(), std::to_string(i));
  pair.settle();
  // The window is four; the peer tells how far it is at once when a quarter of it was used.
  pair.deliver_all();
  EXPECT_EQ(pair.other().relay.back(), "6");
}

TEST(Link, ClosesASilentWireAfterTwoSeconds) {
  link_pair pair;
  pair.establish();
  pair.pass(1'900ms);
  EXPECT_TRUE(pair.other().way->is_open);
  pair.pass(500ms);
  EXPECT_FALSE(pair.other().way->is_open);
  EXPECT_EQ(pair.other().placement.back(), "lost");
}

TEST(Link, KeepsAWireThatHasNothingToSayAlive) {
  link_pair pair;
  pair.establish();
  for (int i = 0; i < 50; ++i) {
    pair.pass(200ms);
    pair.deliver_all();
  }
  EXPECT_TRUE(pair.one().way->is_open);
  EXPECT_TRUE(pair.other().way->is_open);
}

TEST(Link, SendsAHeartbeatTwiceASecondAndNoMore) {
  link_pair pair;
  pair.establish();
  pair.pass(50ms);
  pair.deliver_all();
  const auto before = counters.link.frames_received.value();
  for (int i = 0; i < 100; ++i) {
    pair.pass(100ms);
    pair.deliver_all();
  }
  const auto heartbeats = counters.link.frames_received.value() - before;
  EXPECT_GE(heartbeats, 38U);  // of both, in ten seconds
  EXPECT_LE(heartbeats, 42U);
}

TEST(Link, ClosesAWireOnWhichNobodySaysHello) {
  link_pair pair;
  pair.connect();
  pair.pass(2'300ms);
  EXPECT_FALSE(pair.one().way->is_open);
}

TEST(Link, TakesTheNewestWireAndClosesTheOneBefore) {
  link_pair pair;
  pair.establish();
  const auto before = pair.other().way;
  pair.connect();
  EXPECT_FALSE(before->is_open);
  pair.deliver_all();
  pair.say(pair.one(), "1");
  pair.settle();
  pair.deliver_all();
  EXPECT_EQ(pair.other().relay, (journal{"state again", "1"}));
}

TEST(Link, TellsNobodyOfSilenceThatWasItsOwn) {
  link_pair pair;
  pair.establish();
  // As after SIGSTOP and SIGCONT: time has passed in one step, and what came meanwhile is still on the way.
  pair.jump(10s);
  EXPECT_TRUE(pair.one().way->is_open);
  pair.deliver_all();
  EXPECT_EQ(pair.one().placement, (journal{"reached", "begins"}));
}

TEST(Link, SendsWhatItHasBeforeItStops) {
  link_pair pair;
  pair.establish();
  pair.say(pair.one(), "1");
  caf::anon_send(pair.one().link, stop_actor{});
  pair.settle();
  EXPECT_FALSE(pair.one().way->is_open);
  EXPECT_EQ(pair.one().placement.back(), "lost");
  pair.deliver_all();
  EXPECT_EQ(pair.other().relay.back(), "1");
}

TEST(Link, ShowsHowMuchIsNotAcknowledged) {
  link_pair pair;
  pair.establish();
  pair.say(pair.one(), "1");
  pair.settle();
  std::uint64_t kept = 0;
  for (const auto& each : links_of_this_node.all()) kept += each->kept_messages.load();
  EXPECT_EQ(kept, 1U);
  pair.deliver_all();
  pair.pass(30ms);
  pair.deliver_all();
  kept = 0;
  for (const auto& each : links_of_this_node.all()) kept += each->kept_messages.load();
  EXPECT_EQ(kept, 0U);
}

}  // namespace
}  // namespace parley
