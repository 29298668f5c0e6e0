#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "tests/simulation/checker.hpp"
#include "tests/simulation/world.hpp"

// How deliberate defects are planted around a node's ports, and looked for.
namespace parley::simulation {

template <class Log, class... Arguments>
planted writer(Arguments... arguments) {
  planted defects;
  defects.writer = [arguments...](std::shared_ptr<memory_store> store, const node_record& /*self*/) {
    return std::make_shared<Log>(std::move(store), arguments...);
  };
  return defects;
}

template <class Queries>
planted reader() {
  planted defects;
  defects.reader = [](std::shared_ptr<memory_store> store, memory_log_queries::page_sizes pages) {
    return std::make_shared<Queries>(std::move(store), pages);
  };
  return defects;
}

inline setting one_node(std::uint64_t /*seed*/) { return {}; }

/// Tries seeds until the checker says `what`.
inline testing::AssertionResult is_caught(const planted& defects, const std::string& what,
                                          setting (*where)(std::uint64_t seed) = one_node) {
  constexpr std::uint64_t seeds_max = 60;
  std::string other;
  for (std::uint64_t seed = 1; seed <= seeds_max; ++seed) {
    for (const auto& sentence : broken_promises(simulate(seed, defects, where(seed)))) {
      if (sentence.starts_with(what)) return testing::AssertionSuccess();
      if (other.empty()) other = "; the first other finding: " + sentence;
    }
  }
  return testing::AssertionFailure() << "no seed up to " << seeds_max << " showed '" << what << "'" << other;
}

}  // namespace parley::simulation
