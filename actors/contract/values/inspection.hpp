#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "actors/contract/values/ids.hpp"

/// What is counted of actors, for whom, and how long things took.
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

/// Times of a sample of messages; percentiles are upper bounds of a histogram's buckets.
struct times_seen {
  std::uint64_t count = 0;  // 0: none were timed
  double p50_us = 0;
  double p99_us = 0;
  double max_us = 0;
  double sum_us = 0;
};

/// What is counted now, and until when; without an end it is what the configuration says.
struct level_lease {
  inspection_level level = inspection_level::kinds;
  std::optional<timestamp_ms> until;
};

}  // namespace parley
