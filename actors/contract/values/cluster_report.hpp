#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/contract/values/cluster.hpp"
#include "actors/contract/values/rendezvous.hpp"

namespace parley {

/// How long a node's beat may stand still, by the database's clock, before operators are told that it is
/// gone. For them only: nodes judge each other by counts.
inline constexpr timestamp_ms shown_as_gone_after_ms = 10'000;
/// The same of one whose connection has ended, as a killed one's does: it would have made another by then.
inline constexpr timestamp_ms unconnected_gone_after_ms = 2'000;

/// How many shards this life of a node holds.
inline std::size_t shards_of(const cluster_view& seen, incarnation_id node) {
  return static_cast<std::size_t>(std::ranges::count(seen.owners, node));
}

/// Whether a node's row is all that is left of it: its beat stands still, and it holds nothing.
inline bool is_gone(const cluster_view& seen, const node_record& node) {
  const auto silent_max = node.is_connected ? shown_as_gone_after_ms : unconnected_gone_after_ms;
  return seen.now - node.beat_at > silent_max && shards_of(seen, node.incarnation) == 0;
}

inline const node_record* node_of(const cluster_view& seen, incarnation_id node) {
  const auto found = std::ranges::find(seen.nodes, node, &node_record::incarnation);
  return found == seen.nodes.end() ? nullptr : &*found;
}

/// The newest life of the node of this name; one that is not gone before any that is.
inline const node_record* node_named(const cluster_view& seen, std::string_view name) {
  const node_record* best = nullptr;
  for (const auto& each : seen.nodes) {
    if (each.name != name) continue;
    if (best == nullptr || each.beat_at > best->beat_at) best = &each;
  }
  return best;
}

/// Those among whom shards are spread.
inline std::vector<candidate> candidates_in(const cluster_view& seen) {
  std::vector<candidate> all;
  for (const auto& each : seen.nodes)
    if ((each.state == node_state::serving || each.state == node_state::starting) && !is_gone(seen, each))
      all.push_back({each.incarnation, hash_of_name(each.name)});
  return all;
}

/// What somebody looks for in the cluster. A text names the user of this id, else of this name.
using place_question = std::variant<conversation_id, std::string>;

/// What was looked for, its shard, and the cluster at that moment.
struct place_found {
  std::variant<conversation_id, user_id> id;
  std::optional<std::string> name;  // of a user or a group
  shard_index shard;
  cluster_view cluster;
};

}  // namespace parley
