#include <gtest/gtest.h>

#include "tests/simulation/seeded_runs.hpp"
#include "tests/simulation/seeds.hpp"

namespace parley::simulation {

TEST(Simulation, KeepsEveryPromiseWhateverTheSeed) {
  for (const auto seed : seeds_to_try()) ASSERT_NO_FATAL_FAILURE(expect_promises_kept(seed, {}));
}

TEST(Simulation, RepeatsItselfExactlyWithTheSameSeed) {
  expect_the_same_again(5, {});
}

}  // namespace parley::simulation
