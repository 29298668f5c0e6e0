#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/parley/topology/model.hpp"

namespace parley::topology {

/// Degrees of the vertices of one kind: to how many others it sends, from how many it gets.
struct degrees {
  std::uint64_t vertices = 0;
  double in_mean = 0;
  std::uint64_t in_max = 0;
  double out_mean = 0;
  std::uint64_t out_max = 0;
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;
};

/// How unevenly something is spread: 1, 0 and 0 when all have the same.
struct imbalance {
  std::uint64_t places = 0;
  double mean = 0;
  double max = 0;
  double max_over_mean = 0;  // 0 when there is nothing
  double variation = 0;      // standard deviation over mean
  double gini = 0;
};

/// Somebody and how much.
struct ranked {
  std::string who;
  std::string what;  // its kind
  std::uint64_t amount = 0;
};

struct statistics {
  std::string taken_at;
  std::uint64_t skew_ms = 0;
  std::uint64_t actors = 0;
  std::uint64_t edges = 0;
  std::uint64_t flows = 0;
  std::map<std::string, degrees> message_degrees;  // by kind of actor
  std::map<std::string, degrees> flow_degrees;     // by kind of entity
  std::uint64_t edge_messages = 0;
  std::uint64_t cut_messages = 0;   // of those, between nodes
  std::optional<double> cut_ratio;  // nothing without edges
  imbalance node_actors;
  imbalance node_handled;
  imbalance shard_actors;  // over all shards, those with no actor too
  imbalance shard_handled;
  std::vector<ranked> senders;    // actors, by messages over edges
  std::vector<ranked> talkers;    // entities, by messages over flows
  std::vector<ranked> mailboxes;  // actors, by messages that wait
  std::vector<ranked> highest_mailboxes;
  std::map<std::uint64_t, std::uint64_t> hops;  // pairs of sessions by the least number of edges between them
  std::uint64_t hop_sources = 0;                // sessions that were looked from
  std::uint64_t sessions = 0;
};

/// How many entries a ranking has at most.
inline constexpr std::size_t ranked_max = 10;
/// From how many sessions hops are counted at most, evenly chosen: each costs a walk over all edges.
inline constexpr std::size_t hop_sources_max = 200;

statistics statistics_of(const snapshot& from);
imbalance imbalance_of(std::vector<double> amounts);

json::object to_json(const statistics& what);
/// For people, several lines.
std::string to_text(const statistics& what);

}  // namespace parley::topology
