#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

#include "actors/contract/values/inspection.hpp"

namespace parley {

/// What this process watches now, as one number that every message looks at; 0: nothing. The level, and
/// whether anything may be traced.
inline constinit std::atomic<std::uint8_t> watched_now{0};
inline constexpr std::uint8_t watched_traces = 0x80;

constexpr inspection_level level_in(std::uint8_t watched) {
  return static_cast<inspection_level>(watched & ~watched_traces);
}
inline inspection_level inspection_level_now() {
  return level_in(watched_now.load(std::memory_order_relaxed));
}
/// Changes the one and leaves the other. Any thread.
void watch_level(inspection_level level);
void watch_traces(bool on);

/// Keeps the level: what the configuration says, and above it what was asked for for a while. Any thread.
class level_keeper {
public:
  explicit level_keeper(inspection_level configured);
  /// Nothing is counted any more but by kind.
  ~level_keeper();
  level_keeper(const level_keeper&) = delete;
  level_keeper& operator=(const level_keeper&) = delete;

  /// At least this level until then; `kinds` ends what was asked for before. What is on by then.
  level_lease raise(inspection_level level, timestamp_ms until, timestamp_ms now);
  /// Ends what has run out; when something will, nothing if nothing does.
  std::optional<timestamp_ms> look(timestamp_ms now);

private:
  level_lease apply(timestamp_ms now);

  std::mutex mutex_;
  const inspection_level configured_;
  timestamp_ms counts_until_ = 0;
  timestamp_ms edges_until_ = 0;
};

}  // namespace parley
