#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/world.hpp"

namespace parley::simulation {

/// The one command that replays the running test with this seed, what was broken, the end of the history.
std::string report(std::uint64_t seed, const history& past, const std::vector<std::string>& broken);

/// What happens with this seed; PARLEY_HISTORY=FILE writes all of it down, one line each.
history history_of(std::uint64_t seed, const setting& where);

/// Fails the running test if a promise was broken.
void expect_promises_kept(std::uint64_t seed, const setting& where);

/// Fails the running test unless the seed repeats itself exactly.
void expect_the_same_again(std::uint64_t seed, const setting& where);

}  // namespace parley::simulation
