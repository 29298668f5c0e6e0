#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "actors/contract/values/topology.hpp"
#include "actors/inspection/message_types.hpp"

namespace parley {

/// From one actor to another, by type of message. `from` 0: the link of the peer, for which `to` is the link
/// here.
struct message_edge {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  message_type type = 0;
  friend bool operator==(const message_edge&, const message_edge&) = default;
};

/// From who caused a message to whom it concerns. The type is that of the message, or of what it carries
/// where that can be several things.
struct message_flow {
  entity_name from;
  entity_name to;
  message_type type = 0;
  friend bool operator==(const message_flow&, const message_flow&) = default;
};

template <class Key>
struct weighed {
  Key key{};
  std::uint64_t count = 0;  // at least what there was
  std::uint64_t error = 0;  // by how much that may be too high
  std::uint64_t extra = 0;
};

/// Both graphs of this process since level `edges` was switched on, the heaviest first.
struct message_graphs {
  std::optional<timestamp_ms> since;  // nothing: they are not counted
  std::vector<weighed<message_edge>> edges;
  std::vector<weighed<message_flow>> flows;
  std::uint64_t forgotten = 0;
};

/// Counted by stripes, one a thread as long as there are not more threads than stripes.
void note_edge(const message_edge& edge, std::uint64_t bytes = 0);
void note_flow(const message_flow& flow, std::uint64_t count);

/// Begins anew at this time, with nothing counted; or stops, and forgets.
void begin_graphs(timestamp_ms now);
void end_graphs();
/// What there is; takes milliseconds, and holds up each stripe for the time of a copy.
message_graphs read_graphs();

inline constexpr std::size_t keys_a_stripe = 4'096;

}  // namespace parley
