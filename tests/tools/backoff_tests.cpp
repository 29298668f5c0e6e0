#include "tools/parley/client/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace parley::client {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

/// The longest and the mean of a wait, over many clients.
struct waits {
  milliseconds longest{0};
  milliseconds mean{0};
};

waits nth_wait(first_try first, int n) {
  waits seen;
  constexpr int clients = 2'000;
  milliseconds sum{0};
  for (std::uint64_t seed = 0; seed < clients; ++seed) {
    reconnect_backoff backoff{first, seed};
    for (int i = 1; i < n; ++i) backoff.next();
    const auto wait = backoff.next();
    seen.longest = std::max(seen.longest, wait);
    sum += wait;
  }
  seen.mean = sum / clients;
  return seen;
}

TEST(Backoff, SpreadsTheFirstReturnOverFiveSeconds) {
  const auto first = nth_wait(first_try::random, 1);
  EXPECT_LE(first.longest, 5s);
  EXPECT_GT(first.longest, 4'800ms);
  EXPECT_NEAR(static_cast<double>(first.mean.count()), 2'500, 150);
}

TEST(Backoff, DoublesItsBoundUpToAMinute) {
  for (const auto& [n, bound] : {std::pair{2, 10s}, {3, 20s}, {4, 40s}, {5, 60s}, {6, 60s}, {40, 60s}}) {
    const auto wait = nth_wait(first_try::random, n);
    EXPECT_LE(wait.longest, bound) << n;
    EXPECT_GT(wait.longest, bound * 9 / 10) << n;
  }
}

TEST(Backoff, ComesBackAtOnceOnlyTheFirstTimeAndOnlyWhereItMay) {
  reconnect_backoff backoff{first_try::at_once, 7};
  EXPECT_EQ(backoff.next(), 0ms);
  EXPECT_LE(nth_wait(first_try::at_once, 2).longest, 5s);
  EXPECT_GT(nth_wait(first_try::at_once, 2).mean, 2s);
}

TEST(Backoff, BeginsAnewAfterAGoodConnection) {
  reconnect_backoff backoff{first_try::at_once, 7};
  for (int i = 0; i < 5; ++i) backoff.next();
  backoff.reset();
  EXPECT_EQ(backoff.next(), 0ms);
  EXPECT_LE(backoff.next(), 5s);
}

}  // namespace
}  // namespace parley::client
