#pragma once

#include <cstdint>
#include <vector>

namespace parley::simulation {

/// The seeds to try: 1 … `unless_told`; PARLEY_SEEDS=N says how many instead, PARLEY_SEEDS=M-N which,
/// PARLEY_SEED=S names one.
std::vector<std::uint64_t> seeds_to_try(std::uint64_t unless_told = 200);

}  // namespace parley::simulation
