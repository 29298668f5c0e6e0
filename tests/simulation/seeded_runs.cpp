#include "tests/simulation/seeded_runs.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/simulation/checker.hpp"

namespace parley::simulation {

std::string report(std::uint64_t seed, const history& past, const std::vector<std::string>& broken) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  std::string text = "replay with: PARLEY_SEED=" + std::to_string(seed) + " PARLEY_HISTORY=history.txt " +
                     std::filesystem::read_symlink("/proc/self/exe").string() +
                     " --gtest_filter=" + test->test_suite_name() + "." + test->name() + "\n";
  for (std::size_t i = 0; i < broken.size() && i < 5; ++i) text += "broken: " + broken[i] + "\n";
  return text + "the end of the history:\n" + end_of(past, 60);
}

history history_of(std::uint64_t seed, const setting& where) {
  auto past = simulate(seed, {}, where);
  if (const char* file = std::getenv("PARLEY_HISTORY"))
    std::ofstream(file) << end_of(past, past.records.size());
  return past;
}

void expect_promises_kept(std::uint64_t seed, const setting& where) {
  const auto past = history_of(seed, where);
  const auto broken = broken_promises(past);
  ASSERT_TRUE(broken.empty()) << report(seed, past, broken);
}

void expect_the_same_again(std::uint64_t seed, const setting& where) {
  const auto first = simulate(seed, {}, where);
  const auto second = simulate(seed, {}, where);
  EXPECT_EQ(end_of(first, first.records.size()), end_of(second, second.records.size()));
}

}  // namespace parley::simulation
