#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/parley/experiment/history.hpp"

namespace parley::experiment {

/// What a history says of the promises of a log.
struct verdict {
  std::uint64_t sent = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t refused = 0;
  std::uint64_t unanswered = 0;
  std::uint64_t deliveries = 0;           // messages shown to members, each once
  std::uint64_t deliveries_due = 0;       // messages acknowledged times members of their groups
  std::uint64_t unacknowledged_seen = 0;  // shown to somebody, though their sender never heard of it
  // Violations.
  std::uint64_t lost = 0;       // acknowledged, and missing at a member: counted once a member
  std::uint64_t doubled = 0;    // a message with two places, or a place pushed twice on one connection
  std::uint64_t reordered = 0;  // pushed out of order or with a hole; at another place than acknowledged;
                                // behind one that was sent after it was acknowledged
  std::vector<std::string> examples;  // the first few

  [[nodiscard]] std::uint64_t violations() const { return lost + doubled + reordered; }
};

/// Whether members were given time to be shown everything; otherwise what is missing at the end of somebody's
/// log is not counted as lost.
enum class recorded_until : std::uint8_t { the_end, cut_off };

/// Judges what was recorded.
verdict check_history(const history& what, recorded_until when);

}  // namespace parley::experiment
