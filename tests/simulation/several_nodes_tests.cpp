#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <variant>
#include <vector>

#include "tests/simulation/checker.hpp"
#include "tests/simulation/seeded_runs.hpp"
#include "tests/simulation/seeds.hpp"

namespace parley::simulation {

namespace {

/// Answers that only a node in trouble gives.
std::vector<std::string> signs_of_trouble(const history& past) {
  std::vector<std::string> found;
  for (const auto& each : past.records) {
    const auto* answered = std::get_if<happened::answered>(&each.what);
    if (answered == nullptr || !answered->answer.has_error()) continue;
    const auto code = answered->answer.error().code;
    if (code == errc::unavailable || code == errc::overloaded || code == errc::internal)
      found.push_back("an error: " + to_text(each));
  }
  return found;
}

}  // namespace

TEST(SeveralNodes, KeepEveryPromiseWhateverTheSeed) {
  for (const auto seed : seeds_to_try())
    ASSERT_NO_FATAL_FAILURE(expect_promises_kept(seed, several_nodes(seed)));
}

TEST(SeveralNodes, ShowNoErrorOfARollingRestartToWhoeverFollowsTheProtocol) {
  for (const auto seed : seeds_to_try(60)) {
    const auto past = history_of(seed, rolling_restart(seed));
    auto broken = broken_promises(past);
    std::ranges::move(signs_of_trouble(past), std::back_inserter(broken));
    ASSERT_TRUE(broken.empty()) << report(seed, past, broken);
  }
}

TEST(SeveralNodes, RepeatThemselvesExactlyWithTheSameSeed) {
  expect_the_same_again(6, {3, true, false});
}

}  // namespace parley::simulation
