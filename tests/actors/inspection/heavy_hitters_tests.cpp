#include "actors/inspection/heavy_hitters.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace parley {
namespace {

struct number_hash {
  std::uint64_t operator()(int key) const {
    return std::uint64_t{0x9e3779b97f4a7c15} * static_cast<std::uint64_t>(key);
  }
};
/// Everybody has the same place: what is looked for and forgotten is one long run.
struct bad_hash {
  std::uint64_t operator()(int /*key*/) const { return 7; }
};

/// What the algorithm promises, after any stream.
template <class Hash>
void expect_bounds(const heavy_hitters<int, Hash>& sketch, const std::map<int, std::uint64_t>& truth,
                   std::size_t capacity, unsigned seed) {
  std::uint64_t all = 0;
  std::uint64_t listed = 0;
  for (const auto& [key, count] : truth) {
    all += count;
    const auto* found = sketch.find(key);
    if (found == nullptr) {
      EXPECT_LE(count, sketch.floor()) << "seed " << seed << ", key " << key;
      continue;
    }
    EXPECT_LE(count, found->count) << "seed " << seed << ", key " << key;
    EXPECT_GE(count, found->count - found->error) << "seed " << seed << ", key " << key;
    EXPECT_LE(found->error, sketch.forgotten()) << "seed " << seed << ", key " << key;
  }
  for (const auto& each : sketch.items()) listed += each.count;
  EXPECT_EQ(listed, all) << "seed " << seed << ": the counters share out what came";
  EXPECT_LE(sketch.floor(), all / capacity) << "seed " << seed;
}

template <class Hash>
void run_streams(std::size_t capacity, int keys, int adds) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 dice{seed};
    // From even to very uneven.
    std::geometric_distribution<int> which{0.002 * (seed + 1)};
    heavy_hitters<int, Hash> sketch{capacity};
    std::map<int, std::uint64_t> truth;
    for (int i = 0; i < adds; ++i) {
      const auto key = which(dice) % keys;
      const auto weight = dice() % 8 == 0 ? 1 + dice() % 50 : 1;
      sketch.add(key, weight);
      truth[key] += weight;
    }
    expect_bounds(sketch, truth, capacity, seed);
  }
}

}  // namespace

TEST(HeavyHitters, NeverCountTooLittleAndSayHowMuchTooMuch) { run_streams<number_hash>(64, 1'000, 20'000); }

TEST(HeavyHitters, FindTheirKeysHoweverTheyCollide) { run_streams<bad_hash>(16, 100, 3'000); }

TEST(HeavyHitters, AreExactAsLongAsThereIsRoom) {
  heavy_hitters<int, number_hash> sketch{100};
  for (int i = 0; i < 100; ++i)
    for (int times = 0; times <= i; ++times) sketch.add(i, 1, 10);
  EXPECT_EQ(sketch.forgotten(), 0U);
  EXPECT_EQ(sketch.floor(), 0U);
  for (int i = 0; i < 100; ++i) {
    ASSERT_NE(sketch.find(i), nullptr);
    EXPECT_EQ(sketch.find(i)->count, static_cast<std::uint64_t>(i + 1));
    EXPECT_EQ(sketch.find(i)->error, 0U);
    EXPECT_EQ(sketch.find(i)->extra, static_cast<std::uint64_t>(i + 1) * 10);
  }
}

TEST(HeavyHitters, KeepWhoIsHeavyAmongAnyNumberOfOthers) {
  heavy_hitters<int, number_hash> sketch{10};
  for (int i = 0; i < 10'000; ++i) {
    sketch.add(1'000'000 + i);
    if (i % 4 == 0) sketch.add(1);
    if (i % 5 == 0) sketch.add(2);
  }
  // More than a tenth of everything cannot be missed.
  for (const int heavy : {1, 2}) ASSERT_NE(sketch.find(heavy), nullptr) << heavy;
  EXPECT_GE(sketch.find(1)->count, 2'500U);
  EXPECT_GT(sketch.forgotten(), 0U);
}

}  // namespace parley
