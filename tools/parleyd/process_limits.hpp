#pragma once

namespace parley {

/// Lets the process have as many descriptors as it is allowed at most: each connection takes one.
void use_all_descriptors();

/// Leaves the memory out of core dumps, this process's and its PostgreSQL's: it holds people's texts,
/// passwords on their way to the hash, and tokens. A dump still names the signal and the registers.
void keep_memory_out_of_dumps();

}  // namespace parley
