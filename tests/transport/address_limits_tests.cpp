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

TEST(AddressLimits, RememberABoundedNumberOfAddressesThoseInUseLongest) {
  address_limits limit{1, 4};
  EXPECT_FALSE(limit.take("used", start));
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(limit.take("other " + std::to_string(i), start));
    EXPECT_TRUE(limit.take("used", start));
  }
  // The first of the others was forgotten long ago.
  EXPECT_FALSE(limit.take("other 0", start));
}

TEST(AddressLimits, CountAnIpv6NetworkAndAnIpv4AddressAsOne) {
  EXPECT_EQ(counted_address("2001:db8:1:2:3:4:5:6"), counted_address("2001:db8:1:2::7"));
  EXPECT_NE(counted_address("2001:db8:1:2::7"), counted_address("2001:db8:1:3::7"));
  EXPECT_EQ(counted_address("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(counted_address("fe80::1%eth0"), counted_address("fe80::2"));
  EXPECT_NE(counted_address("192.0.2.7"), counted_address("192.0.2.8"));
}

TEST(RecentMap, NeverHoldsMoreThanItMay) {
  recent_map<int> map{10};
  for (int i = 0; i < 1'000; ++i) {
    map.find_or_add(std::to_string(i), i);
    ASSERT_LE(map.size(), 10U);
  }
  EXPECT_EQ(*map.find("999"), 999);
  EXPECT_EQ(map.find("1"), nullptr);
}

}  // namespace
}  // namespace parley::testing
