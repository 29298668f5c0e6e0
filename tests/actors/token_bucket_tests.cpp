#include "actors/contract/values/token_bucket.hpp"

#include <gtest/gtest.h>

namespace parley {

namespace {

using std::chrono::milliseconds;
using time_point = std::chrono::time_point<std::chrono::steady_clock, milliseconds>;

time_point at(int ms) { return time_point{milliseconds{ms}}; }

}  // namespace

TEST(TokenBucket, AllowsABurstAndThenTheRate) {
  token_bucket bucket(10, 3);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(bucket.take(at(0)));
  const auto wait = bucket.take(at(0));
  ASSERT_TRUE(wait);
  EXPECT_GT(*wait, milliseconds{0});
  EXPECT_LE(*wait, milliseconds{101});
  EXPECT_FALSE(bucket.take(at(0) + *wait));
  EXPECT_TRUE(bucket.take(at(0) + *wait));
}

TEST(TokenBucket, FillsUpToTheBurstOnly) {
  token_bucket bucket(10, 3);
  ASSERT_FALSE(bucket.take(at(0)));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(bucket.take(at(60'000)));
  EXPECT_TRUE(bucket.take(at(60'000)));
}

TEST(TokenBucket, KnowsNoLimitAtARateOfZero) {
  token_bucket bucket(0, 0);
  for (int i = 0; i < 1'000; ++i) ASSERT_FALSE(bucket.take(at(0)));
}

}  // namespace parley
