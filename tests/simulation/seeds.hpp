#pragma once

#include <cstdint>
#include <vector>

namespace parley::simulation {

/// The seeds to try: 1 … 200; PARLEY_SEEDS=N says how many instead, PARLEY_SEEDS=M-N which, PARLEY_SEED=S
/// names one.
std::vector<std::uint64_t> seeds_to_try();

}  // namespace parley::simulation
