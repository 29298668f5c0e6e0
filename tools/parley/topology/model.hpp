#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/parley/client/json.hpp"
#include "tools/parley/client/problem.hpp"

// A snapshot as tools/topology/snapshot.schema.json describes it. What each member means is written there.

namespace parley::topology {

namespace json = client::json;

/// One node's part of a snapshot.
struct node_part {
  std::string name;
  std::string incarnation;
  std::string version;
  std::string level;  // kinds, counts, edges
  std::optional<std::string> cut_at;
  std::optional<std::string> started_at;
  std::uint64_t actors = 0;
  std::uint64_t actors_shown = 0;
  std::optional<std::string> edges_since;
  std::uint64_t edges_forgotten = 0;
  std::uint64_t events = 0;
  std::vector<std::pair<std::string, std::string>> links;  // other nodes, and the actor of the link to each
  std::optional<std::string> missing;                      // why it is not in the snapshot
};

struct kind_count {
  std::string node;
  std::string kind;
  std::uint64_t alive = 0;
  std::uint64_t started = 0;
  std::uint64_t stopped = 0;
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
  std::string person;  // who uses a session; empty: nobody, or not known
  std::string name;    // empty: not asked for, or none
  std::optional<std::uint64_t> shard;
  std::string parent;  // empty: the program started it
  std::string started_at;
  std::uint64_t mailbox = 0;
  std::uint64_t mailbox_highest = 0;
  std::uint64_t enqueued = 0;
  std::uint64_t handled = 0;
  std::vector<std::pair<std::string, std::uint64_t>> types;    // handled
  std::vector<std::pair<std::string, std::uint64_t>> refused;  // of these, those that were refused
  std::optional<times> waited_us;
  std::optional<times> handling_us;
};

/// Messages from actor to actor.
struct edge {
  std::string from;
  std::string to;
  std::string type;
  std::uint64_t count = 0;
  std::uint64_t error = 0;
  std::optional<std::uint64_t> bytes;
};

/// Messages from entity to entity.
struct flow {
  std::string from;
  std::string to;
  std::string node;  // empty: not said
  std::string type;  // empty: not said
  std::uint64_t count = 0;
  std::uint64_t error = 0;
};

struct snapshot {
  std::string taken_at;
  std::string answered_by;
  std::uint64_t skew_ms = 0;
  bool names = false;
  std::vector<node_part> nodes;
  std::vector<kind_count> kinds;
  std::vector<actor> actors;
  std::vector<edge> edges;
  std::vector<flow> flows;
};

/// The snapshot in this value; a problem names the member that is missing or of another type. Members that
/// are not known are ignored.
client::outcome<snapshot> read_snapshot(const json::value& value);

/// As the schema says; members that `read_snapshot` ignored are not in it.
json::object to_json(const node_part& what);
json::object to_json(const kind_count& what);
json::object to_json(const actor& what);
json::object to_json(const edge& what);
json::object to_json(const flow& what);
json::object to_json(const snapshot& what);

/// The node in an actor's id, `node-1` of `node-1/12`.
std::string_view node_of(std::string_view actor_id);

/// The kind of an entity, `person` of `person:17`.
std::string_view kind_of(std::string_view entity);

}  // namespace parley::topology
