#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/parley/trace/critical_path.hpp"
#include "tools/parley/trace/tree.hpp"

namespace parley::trace {

/// A session, as the node that has it numbers it.
struct session_of_requests {
  std::string node;
  std::string id;
  friend bool operator==(const session_of_requests&, const session_of_requests&) = default;
};

/// What is kept of a trace when its spans are let go.
struct measured_trace {
  struct measured_step {
    std::string what;  // kind and name
    std::int64_t took_ns = 0;
  };
  std::string trace;
  std::optional<session_of_requests> session;  // that the request came on; nothing: it is not here
  std::int64_t began_ns = 0;
  std::optional<std::int64_t> latency_ns;  // nothing: the way to the reply is not whole
  std::int64_t explained_ns = 0;
  std::vector<measured_step> steps;
};

measured_trace measure(const trace_tree& tree);

/// Gives each message its trace. The traces are those of the requests that came on the same session, in the
/// same order; when there are not as many as messages, those that began while the message was under way
/// by both clocks.
void match(std::vector<sent_message>& sent, const std::vector<measured_trace>& traces,
           const session_of_requests& session);

/// Median and p99 of latencies and of each step of the critical path, over the messages whose trace is whole.
std::string summary_table(const std::vector<sent_message>& sent, const std::vector<measured_trace>& traces);

}  // namespace parley::trace
