#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>

#include "actors/contract/values/inspection.hpp"

namespace parley {

/// What this process counts now; every message looks at it.
inline constinit std::atomic<inspection_level> inspection_level_now{inspection_level::kinds};

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
