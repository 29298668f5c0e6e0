#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/parley/client/json.hpp"
#include "tools/parley/client/problem.hpp"

// What this view needs of a snapshot (tools/topology/snapshot.schema.json); what each member means stands
// there.

namespace parley::top {

struct node_part {
  std::string name;
  std::string incarnation;
  std::string level;  // kinds, counts, edges
  std::optional<std::string> cut_at;
  std::uint64_t actors = 0;
  std::optional<std::string> missing;  // why it is not in the snapshot
};

struct kind_count {
  std::string node;
  std::string kind;
  std::uint64_t alive = 0;
  std::uint64_t started = 0;
  std::uint64_t enqueued = 0;
  std::uint64_t handled = 0;
  std::uint64_t discarded = 0;
};

/// Microseconds.
struct times {
  std::uint64_t count = 0;
  double p50 = 0;
  double p99 = 0;
  double max = 0;
  std::optional<double> sum;
};

struct actor {
  std::string id;
  std::string node;
  std::string kind;
  std::string entity;  // empty: it stands for none
  std::string name;    // empty: not asked for, or none
  std::optional<std::uint64_t> shard;
  std::string parent;  // empty: the program started it
  std::string started_at;
  std::uint64_t mailbox = 0;
  std::uint64_t mailbox_highest = 0;
  std::uint64_t enqueued = 0;
  std::uint64_t handled = 0;
  std::vector<std::pair<std::string, std::uint64_t>> types;
  std::optional<times> waited_us;
  std::optional<times> handling_us;
};

/// Messages from actor to actor.
struct edge {
  std::string from;
  std::string to;
  std::string type;
  std::uint64_t count = 0;
};

struct snapshot {
  std::string taken_at;
  std::string answered_by;
  std::uint64_t skew_ms = 0;
  std::vector<node_part> nodes;
  std::vector<kind_count> kinds;
  std::vector<actor> actors;
  std::vector<edge> edges;
};

/// The snapshot in a node's answer; a problem when it is none of the version that is read here.
client::outcome<snapshot> read_snapshot(const client::json::value& value);

/// Milliseconds since 1970 of a time by RFC 3339 in UTC, as nodes write it; nothing when it is none.
std::optional<std::int64_t> moment_of(std::string_view text);

/// The time of day in it, `17:42:03`, or the text when it is none.
std::string clock_of(const std::string& moment);

/// The node in an actor's id, `node-1` of `node-1/12`.
std::string node_of(std::string_view actor_id);

}  // namespace parley::top
