#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "actors/contract/values/node_counters.hpp"
#include "actors/link/codec.hpp"
#include "tests/link/support_pair.hpp"

namespace parley {
namespace {

using namespace std::chrono_literals;
using side = link_pair::side;

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

link_options small() {
  link_options options;
  options.bounds = {.ring_messages = 8, .ring_bytes = 100'000, .window_messages = 4, .window_bytes = 50'000};
  return options;
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

TEST(Link, BelievesNoOtherIncarnation) {
  for (const auto& [from, to] : std::map<std::int64_t, std::int64_t>{{2'001, 1'000}, {2'000, 1'001}}) {
    link_pair pair;
    pair.connect();
    caf::anon_send(pair.one().link, wire_received{pair.other().node, pair.one().connection,
                                                  encode_hello({{from}, {to}, 1, {}, 0, 1, 0})});
    pair.settle();
    EXPECT_FALSE(pair.one().way->is_open);
    EXPECT_TRUE(pair.one().placement.empty());
  }
}

TEST(Link, BelievesNothingBeforeAHelloAndNoSecondOne) {
  link_pair early;
  early.connect();
  caf::anon_send(early.one().link, wire_received{early.other().node, 1, encode_heartbeat({1, 1}, 0, 1)});
  early.settle();
  EXPECT_FALSE(early.one().way->is_open);

  link_pair twice;
  twice.establish();
  caf::anon_send(twice.one().link,
                 wire_received{twice.other().node, 1, encode_hello({{2'000}, {1'000}, 1, {}, 0, 1, 0})});
  twice.settle();
  EXPECT_FALSE(twice.one().way->is_open);
}

TEST(Link, IgnoresFramesOfAnotherStreamAndOfAnEarlierWire) {
  link_pair pair;
  pair.establish();
  outgoing_stream forged;
  ASSERT_EQ(forged.add(encode_message(message_to_relay{resend_wanted{{}, {}, 9}}), {}),
            outgoing_stream::admission::kept);
  const auto batch = *forged.next_batch(1'000);
  caf::anon_send(pair.one().link, wire_received{pair.other().node, 1, encode_batch({7, 7}, 0, batch)});
  caf::anon_send(pair.one().link, wire_received{pair.other().node, 0, encode_batch({1, 1}, 0, batch)});
  pair.settle();
  EXPECT_EQ(pair.one().relay, journal{"state again"});
  EXPECT_TRUE(pair.one().way->is_open);
  caf::anon_send(pair.one().link, wire_received{pair.other().node, 1, encode_batch({1, 1}, 0, batch)});
  pair.settle();
  EXPECT_EQ(pair.one().relay, (journal{"state again", "9"}));
}

TEST(Link, ClosesTheWireOnBytesThatMakeNoSense) {
  link_pair pair;
  pair.establish();
  const auto broken = counters.link.broken.value();
  caf::anon_send(pair.one().link, wire_received{pair.other().node, 1, "GET / HTTP/1.1\r\n\r\n"});
  pair.settle();
  EXPECT_FALSE(pair.one().way->is_open);
  EXPECT_EQ(counters.link.broken.value() - broken, 1U);
}

TEST(Link, BeginsAnewAfterAMessageThatMakesNoSense) {
  link_pair pair;
  pair.establish();
  outgoing_stream forged;
  ASSERT_EQ(forged.add("\x09", {}), outgoing_stream::admission::kept);
  caf::anon_send(pair.one().link,
                 wire_received{pair.other().node, 1, encode_batch({1, 1}, 0, *forged.next_batch(1'000))});
  pair.settle();
  EXPECT_FALSE(pair.one().way->is_open);
  pair.cut();
  pair.establish();
  EXPECT_EQ(pair.other().relay, (journal{"state again", "state again"}));
}

TEST(Link, ClosesTheWireOnAnAcknowledgementOfWhatWasNeverSent) {
  link_pair pair;
  pair.establish();
  caf::anon_send(pair.one().link, wire_received{pair.other().node, 1, encode_heartbeat({1, 1}, 5, 1)});
  pair.settle();
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

/// What one side was told, cut where the stream began anew, held against what the other one said.
class bookkeeping {
public:
  void said(const side& by, int what) { lives_[&by][begins(by)].push_back(std::to_string(what)); }

  /// What arrived at one side on each stream is the beginning of what was said on one stream of the other
  /// side, and none of it arrives on a later one.
  void check(const side& by, const side& at, bool all_arrived) {
    std::vector<journal> streams(1);
    for (const auto& each : at.relay) {
      if (each == "state again")
        streams.emplace_back();
      else
        streams.back().push_back(each);
    }
    EXPECT_TRUE(streams.front().empty()) << "something arrived before a stream began";
    std::size_t last = 0;
    for (const auto& arrived : streams) {
      if (arrived.empty()) continue;
      const auto life = life_of(by, arrived.front());
      EXPECT_GT(life, last) << "one stream of the sender arrived on two of the receiver";
      last = life;
      const auto& sent = lives_[&by][life];
      ASSERT_LE(arrived.size(), sent.size());
      EXPECT_TRUE(std::equal(arrived.begin(), arrived.end(), sent.begin()))
          << "something is missing, twice or out of order";
    }
    if (!all_arrived) return;
    const auto& sent = lives_[&by][begins(by)];
    EXPECT_EQ(streams.back(), sent) << "something never arrived";
  }

private:
  static std::size_t begins(const side& of) {
    return static_cast<std::size_t>(std::ranges::count(of.relay, "state again"));
  }
  std::size_t life_of(const side& by, const std::string& what) {
    for (const auto& [life, sent] : lives_[&by])
      if (std::ranges::find(sent, what) != sent.end()) return life;
    return 0;
  }

  std::map<const side*, std::map<std::size_t, journal>> lives_;  // by how often the stream has begun
};

/// Two links under a network that delivers, loses, repeats, cuts and stalls as the dice say.
void play(std::uint64_t seed, link_options options, int steps) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 dice(seed);
  link_pair pair(options, options);
  bookkeeping book;
  int last = 0;
  for (int step = 0; step < steps; ++step) {
    auto& from = dice() % 2 == 0 ? pair.one() : pair.other();
    const auto roll = dice() % 100;
    if (roll < 35) {
      book.said(from, ++last);
      pair.say(from, std::to_string(last));
      pair.settle();
    } else if (roll < 75) {
      pair.deliver(from);
    } else if (roll < 77) {
      pair.lose(from);
    } else if (roll < 81) {
      pair.repeat(from);
    } else if (roll < 85) {
      pair.cut();
    } else if (roll < 95) {
      if (!pair.one().way || !pair.one().way->is_open || !pair.other().way->is_open) {
        pair.cut();
        pair.connect();
      }
    } else {
      pair.pass(std::chrono::milliseconds(dice() % 700));
    }
  }
  for (const bool healed : {false, true}) {
    if (healed) {
      for (int i = 0; i < 20; ++i) {
        if (!pair.one().way || !pair.one().way->is_open || !pair.other().way->is_open) {
          pair.cut();
          pair.connect();
        }
        pair.deliver_all();
        pair.pass(100ms);
      }
    }
    book.check(pair.one(), pair.other(), healed);
    book.check(pair.other(), pair.one(), healed);
  }
}

TEST(Link, BringsEverythingOnceAndInOrderOrBothSidesKnowThatItBeganAnew) {
  for (std::uint64_t seed = 1; seed <= 150 && !testing::Test::HasFailure(); ++seed) play(seed, small(), 300);
}

TEST(Link, IsCaughtWhenItBelievesInARingBeyondItsEnd) {
  auto faulty = small();
  faulty.rules.judge_streams = [](const stream_hello& one, const stream_hello& other) {
    return one.stream && one.stream == other.stream ? stream_verdict::resume : stream_verdict::begin_anew;
  };
  faulty.rules.judge_arrival = [](std::uint64_t received, std::uint64_t number) {
    return number <= received ? arrival::repeated : arrival::next;
  };
  // A verdict without a look at the numbers, and nobody who minds a gap: what is lost stays lost.
  testing::TestPartResultArray found;
  {
    testing::ScopedFakeTestPartResultReporter catching(
        testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &found);
    for (std::uint64_t seed = 1; seed <= 20; ++seed) play(seed, faulty, 300);
  }
  EXPECT_GT(found.size(), 0);
}

}  // namespace
}  // namespace parley
