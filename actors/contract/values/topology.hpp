#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/contract/values/ids.hpp"
#include "actors/contract/values/inspection.hpp"

/// What a node shows of its actors. The shape of it as JSON is tools/topology/snapshot.schema.json, which
/// says what each number means.
namespace parley {

/// By what the heaviest actors are chosen.
enum class actor_order : std::uint8_t { messages, mailbox, time };

inline constexpr std::size_t actors_shown_max = 50'000;  // of a node
inline constexpr std::size_t edges_shown_max = 20'000;   // likewise, and as many flows
inline constexpr std::size_t edges_shown_default = 2'000;

/// Which part of a node's actors is asked for.
struct topology_question {
  std::vector<std::string> kinds;  // none: all
  std::string entity;              // what an actor stands for or who uses it, as shown; empty: all
  std::optional<std::size_t> top;  // only so many actors, the heaviest
  actor_order by = actor_order::messages;
  bool with_actors = true;
  std::size_t edges = edges_shown_default;  // at most, the heaviest; and as many flows
  bool with_names = false;                  // ids and names instead of pseudonyms
};

struct actor_seen {
  std::uint64_t number = 0;  // unique on its node
  std::string_view kind;
  std::string entity;  // `person:…`; empty: none
  std::string person;  // who uses a session, once that is known
  std::string name;    // a person's or a group's; empty: not asked for, none, or not known here
  std::optional<std::int32_t> shard;
  std::uint64_t parent = 0;  // 0: the program
  timestamp_ms started_at = 0;
  std::uint64_t mailbox = 0;
  std::uint64_t mailbox_highest = 0;
  std::uint64_t enqueued = 0;
  std::uint64_t handled = 0;
  std::vector<std::pair<std::string, std::uint64_t>> types;    // handled
  std::vector<std::pair<std::string, std::uint64_t>> refused;  // of these, those that were refused
  times_seen waited;
  times_seen handling;
};

struct kind_seen {
  std::string kind;
  std::uint64_t started = 0;
  std::uint64_t stopped = 0;
  std::uint64_t enqueued = 0;
  std::uint64_t handled = 0;
  std::uint64_t discarded = 0;
};

/// `from_peer`: the sender is the link of that node to this one, whose number is known only there.
struct edge_seen {
  std::uint64_t from = 0;
  std::string from_peer;
  std::uint64_t to = 0;
  std::string type;
  std::uint64_t count = 0;
  std::uint64_t error = 0;
  std::uint64_t bytes = 0;  // on the wire if from a peer, else of the texts
};

struct flow_seen {
  std::string from;
  std::string to;
  std::string type;
  std::uint64_t count = 0;
  std::uint64_t error = 0;
};

/// One node's actors at one moment.
struct topology_part {
  std::string node;
  incarnation_id incarnation;
  std::string version;
  inspection_level level = inspection_level::kinds;
  timestamp_ms cut_at = 0;  // by this node's clock
  timestamp_ms started_at = 0;
  bool with_names = false;
  std::uint64_t actors_alive = 0;
  std::optional<timestamp_ms> edges_since;  // none below level `edges`
  std::uint64_t edges_forgotten = 0;
  std::uint64_t events = 0;
  std::map<std::string, std::uint64_t> links;  // the actor of the link to each peer
  std::vector<kind_seen> kinds;
  std::vector<actor_seen> actors;  // as many as were asked for, the heaviest first if only some were
  std::vector<edge_seen> edges;    // the heaviest first
  std::vector<flow_seen> flows;    // likewise
};

/// An actor started or stopped. Numbers are dense, so that a lost one is seen.
struct actor_change {
  std::uint64_t number = 0;
  timestamp_ms at = 0;
  bool has_started = false;
  std::uint64_t actor = 0;
  std::string_view kind;
  std::string entity;
  std::optional<std::int32_t> shard;
  std::uint64_t parent = 0;
  std::string_view reason;  // why it stopped; empty: not known
};

inline constexpr std::size_t changes_kept = 16'384;

struct topology_changes {
  std::string node;
  incarnation_id incarnation;
  std::uint64_t last = 0;  // the newest there is
  std::uint64_t lost = 0;  // too old to be known any more
  std::vector<actor_change> changes;
};

}  // namespace parley
