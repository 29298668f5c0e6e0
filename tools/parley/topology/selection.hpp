#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/parley/topology/model.hpp"

namespace parley::topology {

/// By what the `top` actors are chosen.
enum class top_by { messages, mailbox, time };

/// Which part of a snapshot is wanted; empty members want everything.
struct selection {
  std::vector<std::string> kinds;
  std::string node;
  std::string entity;
  std::size_t top = 0;  // 0: all
  top_by by = top_by::messages;

  [[nodiscard]] bool wants_all() const { return kinds.empty() && node.empty() && entity.empty() && top == 0; }
  [[nodiscard]] bool wants(std::string_view kind, std::string_view on_node, std::string_view of_entity) const;
};

/// What `time` ranks by: microseconds in the handler, estimated by those that were timed.
double handling_estimate_us(const actor& what);

/// The actors that are wanted, the heaviest first when `top` is set; edges with such an actor at an end;
/// flows with such an actor's entity at an end. Counts stay as they are.
void select(snapshot& from, const selection& what);

}  // namespace parley::topology
