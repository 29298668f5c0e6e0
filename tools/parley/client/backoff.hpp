#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace parley::client {

/// Whether the first try to reconnect may be at once: only to a node on this machine, which cannot be
/// flooded by everybody coming back at the same moment.
enum class first_try { at_once, random };

/// How long to wait before the next try to connect: random within 0–5 s, the bound doubling to 60 s.
class reconnect_backoff {
public:
  reconnect_backoff(first_try first, std::uint64_t seed) : first_(first), random_(seed) {}

  /// The wait before the next try; each longer than the one before, in the mean.
  std::chrono::milliseconds next();

  /// The connection is good: the next wait is a short one again.
  void reset() { tries_ = 0; }

private:
  first_try first_;
  std::mt19937_64 random_;
  unsigned tries_ = 0;
};

}  // namespace parley::client
