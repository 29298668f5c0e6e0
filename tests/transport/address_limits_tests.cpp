#include <gtest/gtest.h>

#include "transport/address_limits.hpp"

namespace parley::testing {
namespace {

using namespace std::chrono_literals;
const std::chrono::steady_clock::time_point start{1'000s};

TEST(AddressLimits, LetTheWholeMinutesWorthComeAtOnceAndThenSayHowLongToWait) {
  address_limits limit{3};
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limit.take("a", start));
  const auto wait = limit.take("a", start);
  ASSERT_TRUE(wait);
  EXPECT_GE(*wait, 20s);
  EXPECT_LE(*wait, 20s + 1ms);
  EXPECT_FALSE(limit.take("a", start + *wait));
  EXPECT_TRUE(limit.take("a", start + *wait));
}

TEST(AddressLimits, KeepAddressesApart) {
  address_limits limit{1};
  EXPECT_FALSE(limit.take("a", start));
  EXPECT_FALSE(limit.take("b", start));
  EXPECT_TRUE(limit.take("a", start));
  EXPECT_TRUE(limit.take("b", start));
}

TEST(AddressLimits, LimitNothingWhenZero) {
  address_limits limit{0};
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(limit.take("a", start));
}

TEST(AddressLimits, RememberABoundedNumberOfAddresses) {
  address_limits limit{1, 2};
  EXPECT_FALSE(limit.take("a", start));
  EXPECT_FALSE(limit.take("b", start));
  EXPECT_TRUE(limit.take("a", start));
  // A third one makes all begin anew.
  EXPECT_FALSE(limit.take("c", start));
  EXPECT_FALSE(limit.take("a", start));
  EXPECT_TRUE(limit.take("c", start));
}

}  // namespace
}  // namespace parley::testing
