#include "actors/session/admissions.hpp"

#include <gtest/gtest.h>

#include <queue>
#include <random>
#include <vector>

namespace parley {

namespace {

using std::chrono::milliseconds;
using time_point = std::chrono::time_point<std::chrono::steady_clock, milliseconds>;

time_point at(std::int64_t ms) { return time_point{milliseconds{ms}}; }

/// Clients that come at these moments and do as they are told, until all are in.
struct arrivals {
  std::vector<int> admitted_by_second;
  std::int64_t last_ms = 0;
  int refusals = 0;
};

arrivals let_in(const std::vector<std::int64_t>& moments, std::uint32_t per_second) {
  admissions door(per_second);
  std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> next(std::greater<>{},
                                                                                    moments);
  arrivals result;
  while (!next.empty()) {
    const auto now = next.top();
    next.pop();
    if (const auto wait = door.take(at(now))) {
      ++result.refusals;
      next.push(now + wait->count());
      continue;
    }
    const auto second = static_cast<std::size_t>(now / 1'000);
    result.admitted_by_second.resize(std::max(result.admitted_by_second.size(), second + 1));
    ++result.admitted_by_second[second];
    result.last_ms = now;
  }
  return result;
}

}  // namespace

TEST(Admissions, LetsInASecondsWorthAtOnceAndThenTheRate) {
  admissions door(10);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(door.take(at(0)));
  EXPECT_TRUE(door.take(at(0)));
  EXPECT_FALSE(door.take(at(100)));
  EXPECT_TRUE(door.take(at(100)));
}

TEST(Admissions, KnowsNoLimitAtARateOfZero) {
  admissions door(0);
  for (int i = 0; i < 100'000; ++i) ASSERT_FALSE(door.take(at(0)));
}

TEST(Admissions, GivesEverybodyAMomentOfTheirOwn) {
  admissions door(100);
  for (int i = 0; i < 100; ++i) ASSERT_FALSE(door.take(at(0)));
  for (int i = 1; i <= 50; ++i) {
    const auto wait = door.take(at(0));
    ASSERT_TRUE(wait);
    EXPECT_EQ(*wait, admissions::retry_least + milliseconds{10 * i});
  }
}

TEST(Admissions, TellsNobodyToWaitLongerThanAMinute) {
  admissions door(1);
  for (int i = 0; i < 500; ++i) {
    const auto wait = door.take(at(0)).value_or(milliseconds{0});
    EXPECT_LE(wait, admissions::retry_most + milliseconds{1'000});
  }
}

TEST(Admissions, LetsInAReconnectOfAllClientsEvenlyAndWithoutAPause) {
  constexpr int clients = 15'000;
  constexpr int rate = 500;
  // As the protocol has clients come back: random within five seconds.
  std::mt19937 random{7};
  std::vector<std::int64_t> moments(clients);
  for (auto& each : moments) each = std::uniform_int_distribution<std::int64_t>{0, 5'000}(random);
  const auto result = let_in(moments, rate);
  EXPECT_LE(result.last_ms, 1'000 * clients / rate + 1'000);
  for (std::size_t second = 1; second + 2 < result.admitted_by_second.size(); ++second) {
    EXPECT_LE(result.admitted_by_second[second], rate + 1);
    EXPECT_GE(result.admitted_by_second[second], rate * 9 / 10) << "second " << second;
  }
  // Everybody is refused once or twice, not over and over.
  EXPECT_LT(result.refusals, clients * 2);
}

TEST(Admissions, KeepsNoPlaceForWhoDoesNotComeBack) {
  admissions door(10);
  for (int i = 0; i < 10; ++i) ASSERT_FALSE(door.take(at(0)));
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(door.take(at(0)));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(door.take(at(1'000)));
}

TEST(Admissions, SpreadsTheSessionsOfAStoppingNodeOverWhatTheRateTakes) {
  EXPECT_EQ(admissions::spread_of(15'000, 500), milliseconds{30'000});
  EXPECT_EQ(admissions::spread_of(1, 500), admissions::spread_least);
  EXPECT_EQ(admissions::spread_of(1'000'000, 500), admissions::retry_most);
  EXPECT_EQ(admissions::spread_of(15'000, 0), admissions::spread_least);
}

}  // namespace parley
