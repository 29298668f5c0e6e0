#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/trace.hpp"
#include "transport/operator_peers.hpp"

/// Traces as JSON, and what is read of JSON about them.
namespace parley {

/// Which requests a caller wants traced, and for how long.
struct sampling_wanted {
  trace_sampling what;
  std::chrono::seconds lasts{60};
};
/// Reads the body of a call; a failure says what is wrong with it.
outcome<sampling_wanted> sampling_in(std::string_view body);

/// What is traced now; a node that could not be asked is named with the reason.
std::string sampling_body(const trace_lease& lease, const missing_nodes& missing);

/// How far a caller has read of a node, in the life that it had then.
struct trace_place {
  incarnation_id incarnation;
  std::uint64_t next = 0;
};
/// By name of a node: `node-1=3021.17;node-2=77.5`. Nothing for a text that is none.
using trace_cursor = std::map<std::string, trace_place>;
std::optional<trace_cursor> trace_cursor_in(std::string_view text);

/// What one node tells another.
std::string spans_part_body(const trace_part& part);

struct spans_frame {
  timestamp_ms taken_at = 0;
  std::string answered_by;
  trace_cursor cursor;  // as the caller gave it: kept for those who did not answer
};
/// One answer of those of several nodes, each as `spans_part_body` has written it.
std::string merged_spans(const spans_frame& frame, const std::vector<std::string>& parts,
                         const missing_nodes& missing);

}  // namespace parley
