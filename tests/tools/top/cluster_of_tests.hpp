#pragma once

#include <string>
#include <utility>

#include "tools/parley/top/snapshot.hpp"

namespace parley::top {

/// 12:00 and so many milliseconds.
inline std::string at_ms(int ms) {
  const auto digits = std::to_string(100'000 + ms);
  return "2026-05-01T12:00:" + digits.substr(1, 2) + "." + digits.substr(3) + "Z";
}

inline node_part part_of(const std::string& name, int cut_ms, const std::string& level = "kinds",
                         const std::string& life = "1") {
  node_part part;
  part.name = name;
  part.incarnation = life;
  part.level = level;
  part.cut_at = at_ms(cut_ms);
  part.actors = 2;
  return part;
}

inline kind_count kind_of(const std::string& node, const std::string& kind, std::uint64_t handled,
                          std::uint64_t started = 1) {
  kind_count count;
  count.node = node;
  count.kind = kind;
  count.alive = 2;
  count.started = started;
  count.enqueued = handled + 3;
  count.handled = handled;
  return count;
}

inline actor actor_of(const std::string& id, const std::string& kind, std::uint64_t handled,
                      const std::string& entity = "") {
  actor one;
  one.id = id;
  one.node = node_of(id);
  one.kind = kind;
  one.entity = entity;
  one.started_at = at_ms(0);
  one.handled = handled;
  one.enqueued = handled;
  one.types = {{"ask", handled}};
  return one;
}

/// Two nodes that look one second apart, node-2 always 20 ms later; each has handled `handled` as session and
/// ten times as much as user.
inline snapshot two_nodes(int cut_ms, std::uint64_t handled) {
  snapshot whole;
  whole.taken_at = at_ms(cut_ms);
  whole.answered_by = "node-1";
  whole.skew_ms = 20;
  whole.nodes = {part_of("node-1", cut_ms), part_of("node-2", cut_ms + 20)};
  for (const std::string node : {"node-1", "node-2"}) {
    whole.kinds.push_back(kind_of(node, "session", handled));
    whole.kinds.push_back(kind_of(node, "user", handled * 10));
  }
  return whole;
}

}  // namespace parley::top
