#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/simulation/checker.hpp"
#include "tests/simulation/seeded_runs.hpp"
#include "tests/simulation/seeds.hpp"

namespace parley::simulation {

namespace {

/// Answers that only a node in trouble gives. A signal is kept nowhere: one that meets a user on the way to
/// another node is `unavailable`, and not counted.
std::vector<std::string> signs_of_trouble(const history& past) {
  std::set<std::pair<connection_number, request_id>> signals;
  std::vector<std::string> found;
  for (const auto& each : past.records) {
    if (const auto* asked = std::get_if<happened::asked>(&each.what))
      if (std::holds_alternative<request::signal>(asked->op)) signals.emplace(asked->connection, asked->id);
    const auto* answered = std::get_if<happened::answered>(&each.what);
    if (answered == nullptr || !answered->answer.has_error()) continue;
    const auto code = answered->answer.error().code;
    const bool of_trouble = code == errc::unavailable || code == errc::overloaded || code == errc::internal;
    if (of_trouble && !signals.contains({answered->connection, answered->id}))
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
