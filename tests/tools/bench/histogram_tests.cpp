#include "tools/parley/bench/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace parley::bench {
namespace {

TEST(Histogram, IsEmptyAtFirst) {
  const histogram empty;
  EXPECT_EQ(empty.count(), 0U);
  EXPECT_EQ(empty.percentile_ns(50), 0);
  EXPECT_EQ(empty.max_ns(), 0);
}

TEST(Histogram, KeepsSmallValuesExactly) {
  histogram values;
  for (int value = 0; value < 100; ++value) values.record(value);
  EXPECT_EQ(values.percentile_ns(1), 0);
  EXPECT_EQ(values.percentile_ns(50), 49);
  EXPECT_EQ(values.percentile_ns(100), 99);
}

TEST(Histogram, SaysTheOneValueThatItHoldsWhateverIsAsked) {
  for (const std::int64_t value :
       {0LL, 1LL, 127LL, 128LL, 129LL, 255LL, 256LL, 1'000'003LL, 123'456'789'012LL}) {
    histogram values;
    values.record(value);
    EXPECT_EQ(values.percentile_ns(0), value);
    EXPECT_EQ(values.percentile_ns(50), value);
    EXPECT_EQ(values.percentile_ns(99.9), value);
    EXPECT_EQ(values.max_ns(), value);
    EXPECT_EQ(values.min_ns(), value);
  }
}

TEST(Histogram, IsNeverBelowTheTruthAndAtMostTwoPercentAbove) {
  std::mt19937_64 random{17};
  std::uniform_real_distribution<double> exponent{0, 12};
  std::vector<std::int64_t> truth;
  histogram values;
  for (int i = 0; i < 20'000; ++i) {
    truth.push_back(static_cast<std::int64_t>(std::pow(10.0, exponent(random))));
    values.record(truth.back());
  }
  std::sort(truth.begin(), truth.end());
  for (const double percent : {0.1, 1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(truth.size())));
    const auto exact = truth[std::max<std::size_t>(rank, 1) - 1];
    EXPECT_GE(values.percentile_ns(percent), exact) << percent;
    EXPECT_LE(static_cast<double>(values.percentile_ns(percent)), static_cast<double>(exact) * 1.016 + 1)
        << percent;
  }
}

TEST(Histogram, TakesWhatIsOutOfRangeAsItsEnds) {
  histogram values;
  values.record(-5);
  values.record(INT64_MAX);
  EXPECT_EQ(values.count(), 2U);
  EXPECT_EQ(values.min_ns(), 0);
  EXPECT_EQ(values.max_ns(), 1LL << 41);
  EXPECT_EQ(values.percentile_ns(100), 1LL << 41);
}

TEST(Histogram, AddedToAnotherIsAsIfAllHadBeenRecordedInOne) {
  histogram one, other, both;
  for (std::int64_t value = 1; value < 5'000'000; value = value * 3 + 1) {
    (value % 2 == 0 ? one : other).record(value);
    both.record(value);
  }
  one.add(other);
  one.add(histogram{});
  EXPECT_EQ(one.count(), both.count());
  EXPECT_EQ(one.min_ns(), both.min_ns());
  EXPECT_EQ(one.max_ns(), both.max_ns());
  for (double percent = 0; percent <= 100; percent += 5)
    EXPECT_EQ(one.percentile_ns(percent), both.percentile_ns(percent)) << percent;
}

}  // namespace
}  // namespace parley::bench
