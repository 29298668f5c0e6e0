#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>

#include "tests/link/support_pair.hpp"

namespace parley {
namespace {

using namespace std::chrono_literals;
using side = link_pair::side;

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
      // A hello that was lost shows after two seconds of silence; a message that was, with the next heartbeat.
      for (int i = 0; i < 60; ++i) {
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

TEST(LinkUnderChance, BringsEverythingOnceAndInOrderOrBothSidesKnowThatItBeganAnew) {
  const auto* wanted = std::getenv("PARLEY_SEEDS");
  const auto seeds = wanted == nullptr ? 150 : std::strtoull(wanted, nullptr, 10);
  for (std::uint64_t seed = 1; seed <= seeds && !testing::Test::HasFailure(); ++seed)
    play(seed, small(), 300);
}

TEST(LinkUnderChance, IsCaughtWhenItBelievesInARingBeyondItsEnd) {
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
