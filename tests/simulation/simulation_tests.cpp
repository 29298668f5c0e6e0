#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/simulation/checker.hpp"
#include "tests/simulation/seeds.hpp"
#include "tests/simulation/world.hpp"

namespace parley::simulation {

namespace {

std::string report(std::uint64_t seed, const history& past, const std::vector<std::string>& broken) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  std::string text = "replay with: PARLEY_SEED=" + std::to_string(seed) + " PARLEY_HISTORY=history.txt " +
                     std::filesystem::read_symlink("/proc/self/exe").string() +
                     " --gtest_filter=" + test->test_suite_name() + "." + test->name() + "\n";
  for (std::size_t i = 0; i < broken.size() && i < 5; ++i) text += "broken: " + broken[i] + "\n";
  return text + "the end of the history:\n" + end_of(past, 60);
}

/// PARLEY_HISTORY=FILE writes down all that happened, one line each.
void write_down(const history& past) {
  if (const char* file = std::getenv("PARLEY_HISTORY"))
    std::ofstream(file) << end_of(past, past.records.size());
}

void expect_promises_kept(std::uint64_t seed, const setting& where) {
  const auto past = simulate(seed, {}, where);
  write_down(past);
  const auto broken = broken_promises(past);
  ASSERT_TRUE(broken.empty()) << report(seed, past, broken);
}

void expect_the_same_again(std::uint64_t seed, const setting& where) {
  const auto first = simulate(seed, {}, where);
  const auto second = simulate(seed, {}, where);
  EXPECT_EQ(end_of(first, first.records.size()), end_of(second, second.records.size()));
}

}  // namespace

TEST(Simulation, KeepsEveryPromiseWhateverTheSeed) {
  for (const auto seed : seeds_to_try()) ASSERT_NO_FATAL_FAILURE(expect_promises_kept(seed, {}));
}

TEST(Simulation, SeveralNodesKeepEveryPromiseWhateverTheSeed) {
  for (const auto seed : seeds_to_try())
    ASSERT_NO_FATAL_FAILURE(expect_promises_kept(seed, several_nodes(seed)));
}

TEST(Simulation, RepeatsItselfExactlyWithTheSameSeed) {
  expect_the_same_again(5, {});
  expect_the_same_again(6, {3, true});
}

}  // namespace parley::simulation
