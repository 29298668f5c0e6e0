#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "actors/contract/values/trace.hpp"

namespace parley {

/// Whether this request is to be traced, by what is wanted now and by chance. Only called while
/// `is_tracing()`.
bool is_to_be_traced(conversation_id conversation, session_id session);

/// Keeps which requests are traced, and until when. Any thread.
class trace_keeper {
public:
  /// Steps are still recorded for so long when nothing new is traced any more: what is under way ends as a
  /// whole.
  static constexpr timestamp_ms ending_ms = 2'000;

  explicit trace_keeper(std::string node) : node_(std::move(node)) {}
  /// Nothing is traced any more.
  ~trace_keeper();
  trace_keeper(const trace_keeper&) = delete;
  trace_keeper& operator=(const trace_keeper&) = delete;

  /// In place of what was wanted before; a share of 0 ends it.
  trace_lease sample(const trace_sampling& what, timestamp_ms until, timestamp_ms now);
  /// Ends what has run out; when something will, nothing if nothing does.
  std::optional<timestamp_ms> look(timestamp_ms now);

private:
  const std::string node_;
  std::mutex mutex_;
  timestamp_ms begins_no_more_ = 0;  // 0: nothing is wanted
  timestamp_ms records_until_ = 0;   // 0: nothing is recorded
};

}  // namespace parley
