#pragma once

#include <chrono>
#include <cstdint>

namespace parley::bench {

/// Nanoseconds of the monotonic clock; a bare number, since millions a second are subtracted.
using nanoseconds = std::int64_t;

constexpr nanoseconds second_ns = 1'000'000'000;
constexpr nanoseconds millisecond_ns = 1'000'000;

inline nanoseconds now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

constexpr nanoseconds to_ns(double seconds) { return static_cast<nanoseconds>(seconds * 1e9); }

}  // namespace parley::bench
