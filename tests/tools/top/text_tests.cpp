#include "tools/parley/top/text.hpp"

#include <gmock/gmock.h>

// Numbers and bars as people read them.

namespace parley::top {
namespace {

TEST(text_test, NumbersAreGroupedAndShort) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(1'234'567), "1,234,567");
  EXPECT_EQ(count_text(12'345'678), "12.3 M");
  EXPECT_EQ(rate_text(std::nullopt), "-");
  EXPECT_EQ(rate_text(0.0), "0");
  EXPECT_EQ(rate_text(0.01), "<0.1");
  EXPECT_EQ(rate_text(12.34), "12.3");
  EXPECT_EQ(rate_text(1'203.6), "1,204");
  EXPECT_EQ(time_text(12), "12 us");
  EXPECT_EQ(time_text(1'500), "1.5 ms");
  EXPECT_EQ(time_text(2'100'000), "2.1 s");
  EXPECT_EQ(bytes_text(14'200), "14 kB");
  EXPECT_EQ(share_text(0.032), "3.2 %");
}

TEST(text_test, ATrendIsScaledToItsHighestAndEndsNow) {
  EXPECT_EQ(trend_text({0, 1, 8}, 5), "   ▁█");
  EXPECT_EQ(trend_text({9, 0, 0.001, 8}, 3), " ▁█");
  EXPECT_EQ(trend_text({}, 3), "   ");
}

TEST(text_test, WhatIsTooLongIsCutByColumnsNotBytes) {
  EXPECT_EQ(cut_to("abcdef", 4), "abc…");
  EXPECT_EQ(cut_to("äöüß", 4), "äöüß");
  // A sign of two columns is not halved.
  EXPECT_EQ(cut_to("漢字漢字", 4), "漢…");
  EXPECT_EQ(left_in("ab", 4), "ab  ");
  EXPECT_EQ(right_in("ab", 4), "  ab");
  EXPECT_EQ(cut_to("abc", 0), "");
}

TEST(text_test, WithoutUnicodeSimilarSignsStandIn) {
  EXPECT_EQ(as_ascii("a › b · c… MSG▼"), "a > b - c~ MSGv");
  EXPECT_EQ(as_ascii("▁█"), ".@");
  EXPECT_EQ(as_ascii("ä漢"), "???");
}

}  // namespace
}  // namespace parley::top
