#pragma once

#include <compare>
#include <cstdint>

#include "actors/contract/values/ids.hpp"
#include "actors/contract/values/shard.hpp"
#include "actors/contract/values/trace.hpp"

namespace parley {

enum class topic_kind : std::uint8_t { none, conversation, user, presence };

/// What actors address and subscribe to: a conversation, a user's own news, or a user's presence, by
/// id, wherever it lives.
struct topic {
  topic_kind kind = topic_kind::none;
  std::int64_t id = 0;

  friend constexpr auto operator<=>(const topic&, const topic&) = default;
};

inline topic topic_of(conversation_id id) { return {topic_kind::conversation, id.value}; }
inline topic topic_of(user_id id) { return {topic_kind::user, id.value}; }
inline topic presence_of(user_id id) { return {topic_kind::presence, id.value}; }
inline shard_index shard_of(const topic& t) { return shard_of(strong_id<void>{t.id}); }

/// Where an answer goes: a session on a node. Ids, never handles, so that it can cross nodes.
struct address {
  incarnation_id node;
  session_id session;

  friend constexpr auto operator<=>(const address&, const address&) = default;
};

/// What every message between actors carries: whom it concerns, who caused it, and its trace.
struct envelope {
  topic entity;
  address origin;
  trace_context trace;
};

}  // namespace parley

template <>
struct std::hash<parley::topic> {
  std::size_t operator()(const parley::topic& t) const noexcept {
    return std::hash<std::int64_t>{}(t.id) * 3 + static_cast<std::size_t>(t.kind);
  }
};
