#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/contract/values/ids.hpp"
#include "actors/contract/values/inspection.hpp"

/// The way of single requests through the house: what is recorded of them, and which are.
namespace parley {

/// The trace that a message belongs to; zeros when it belongs to none.
struct trace_context {
  std::uint64_t trace = 0;
  std::uint64_t span = 0;  // of the step that sent it
  std::int64_t at_ns = 0;  // when it was sent: the system's clock, since 1970

  constexpr explicit operator bool() const { return trace != 0; }
};

/// A number or a text beside a span. Never what somebody wrote.
struct span_detail {
  std::string_view name;
  std::variant<std::int64_t, std::string> value;
};

/// One step of a trace: from `at_ns` it waited, then it took. Texts live for ever.
struct trace_span {
  std::uint64_t trace = 0;
  std::uint64_t span = 0;
  std::uint64_t parent = 0;  // 0: the first step
  std::int64_t at_ns = 0;    // by this node's system clock, since 1970
  std::int64_t waited_ns = 0;
  std::int64_t took_ns = 0;
  std::uint64_t actor = 0;  // 0: no actor
  std::string_view kind;
  entity_name entity;
  std::string_view name;
  std::vector<span_detail> details;
};

/// Which requests are traced.
struct trace_sampling {
  double share = 0;              // of those that match, 0 to 1
  conversation_id conversation;  // 0: any
  session_id session;            // 0: any
  std::string node;              // where the sessions are; empty: anywhere
};

/// The same, and until when; without an end nothing is traced.
struct trace_lease {
  trace_sampling what;
  std::optional<timestamp_ms> until;
};

/// What a node has recorded, for whoever asks.
struct trace_part {
  std::string node;
  incarnation_id incarnation;  // its numbers are those of this life
  std::uint64_t next = 0;      // ask for what comes from this number on
  std::uint64_t lost = 0;      // since the number asked for: overwritten before anybody asked
  std::vector<trace_span> spans;
  std::vector<std::string> entities;  // of each span, as it is named; empty: none
};

}  // namespace parley
