#pragma once

#include <cstdint>
#include <string>

namespace parley::bench {

/// What a figure was measured on: without it no figure says anything.
struct machine {
  int cores = 0;
  std::string processor;
  std::uint64_t memory_bytes = 0;
  std::string kernel;
};

machine this_machine();

/// How long the disk under a folder takes to make 8 KiB durable (fdatasync), in microseconds: the median
/// of 40. Bounds what any durable log can do there. Negative when it cannot be tried.
double flush_us(const std::string& folder);

/// Raises the limit of open files as far as it goes; what it is then.
std::uint64_t raise_file_limit();

}  // namespace parley::bench
