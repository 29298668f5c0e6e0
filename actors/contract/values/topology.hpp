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

/// What a node shows of its actors. The shape of it as JSON is tools/topology/snapshot.schema.json, which
/// says what each number means.
namespace parley {

/// What a node counts, each level with what those before it count.
enum class inspection_level : std::uint8_t {
  kinds,   // what all actors of a kind do together
  counts,  // by actor and type of message, and how long messages wait and take
  edges,   // who sends to whom
};

inline constexpr std::string_view inspection_level_names[] = {"kinds", "counts", "edges"};

constexpr std::string_view to_text(inspection_level level) {
  return inspection_level_names[static_cast<std::size_t>(level)];
}

/// The level of this name; nothing for any other text.
constexpr std::optional<inspection_level> inspection_level_named(std::string_view name) {
  for (std::size_t i = 0; i < std::size(inspection_level_names); ++i)
    if (inspection_level_names[i] == name) return static_cast<inspection_level>(i);
  return std::nullopt;
}

/// What an actor stands for.
enum class entity_kind : std::uint8_t { none, person, conversation, session };

struct entity_name {
  entity_kind kind = entity_kind::none;
  std::int64_t id = 0;

  friend constexpr auto operator<=>(const entity_name&, const entity_name&) = default;
  constexpr explicit operator bool() const { return kind != entity_kind::none; }
};

inline entity_name name_of(user_id id) { return {entity_kind::person, id.value}; }
inline entity_name name_of(conversation_id id) { return {entity_kind::conversation, id.value}; }
inline entity_name name_of(session_id id) { return {entity_kind::session, id.value}; }

/// By what the heaviest actors are chosen.
enum class actor_order : std::uint8_t { messages, mailbox, time };

inline constexpr std::size_t actors_shown_max = 50'000;  // of a node
inline constexpr std::size_t edges_shown_max = 20'000;   // likewise, and as many flows
inline constexpr std::size_t edges_shown_default = 2'000;

/// Which part of a node's actors is asked for.
struct topology_question {
  std::vector<std::string> kinds;  // none: all
  std::string entity;              // as it is shown; empty: all
  std::optional<std::size_t> top;  // only so many actors, the heaviest
  actor_order by = actor_order::messages;
  bool with_actors = true;
  std::size_t edges = edges_shown_default;  // at most, the heaviest; and as many flows
  bool with_names = false;                  // ids instead of pseudonyms
};

/// Times of a sample of messages; percentiles are upper bounds of a histogram's buckets.
struct times_seen {
  std::uint64_t count = 0;  // 0: none were timed
  double p50_us = 0;
  double p99_us = 0;
  double max_us = 0;
  double sum_us = 0;
};

struct actor_seen {
  std::uint64_t number = 0;  // unique on its node
  std::string_view kind;
  std::string entity;  // `person:…`; empty: none
  std::optional<std::int32_t> shard;
  std::uint64_t parent = 0;  // 0: the program
  timestamp_ms started_at = 0;
  std::uint64_t mailbox = 0;
  std::uint64_t mailbox_highest = 0;
  std::uint64_t enqueued = 0;
  std::uint64_t handled = 0;
  std::vector<std::pair<std::string, std::uint64_t>> types;
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
  std::optional<std::uint64_t> bytes;
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

/// What is counted now, and until when; without an end it is what the configuration says.
struct level_lease {
  inspection_level level = inspection_level::kinds;
  std::optional<timestamp_ms> until;
};

}  // namespace parley
