#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actors/contract/values/conversation.hpp"
#include "actors/contract/values/entry.hpp"
#include "actors/contract/values/ids.hpp"
#include "actors/contract/values/limits.hpp"
#include "actors/contract/values/presence.hpp"

namespace parley {

/// The answer to a request that wrote an entry: where it stands in the log.
struct written {
  conversation_id conversation;  // not sent for `send`; for the creating ops it is the answer
  sequence seq = 0;
  timestamp_ms at = 0;
  bool duplicate = false;
  friend bool operator==(const written&, const written&) = default;
};

/// Entries in ascending order, and whether there are more in the direction asked.
struct entries_page {
  std::vector<entry> entries;
  bool more = false;
};

namespace reply {

struct nothing {};
struct identified {
  user_info user;
  session_id session;
  std::string node;
};
struct pong {
  timestamp_ms now = 0;
};
struct synced {
  std::string epoch;
  std::vector<conversation_view> conversations;
  std::optional<std::string> cursor;
};
struct members {
  std::vector<member_info> members;
  std::optional<std::string> cursor;
};
struct opened {
  conversation_id conversation;
  std::optional<bool> duplicate;  // for `create_group` only
};
struct users_found {
  std::vector<user_info> users;
};
struct marked_read {
  sequence seq = 0;  // how far the user has read now
};
struct presence_states {
  std::vector<presence_state> states;
};
struct entries_found {
  std::vector<entry> entries;  // newest first
  std::optional<std::string> cursor;
};
struct blocked_users {
  std::vector<user_id> users;
};
struct signalled {
  std::size_t devices = 0;
};

}  // namespace reply

using client_reply =
    std::variant<reply::nothing, reply::identified, reply::pong, reply::synced, reply::members, entries_page,
                 written, reply::opened, reply::users_found, reply::marked_read, reply::presence_states,
                 reply::entries_found, reply::blocked_users, reply::signalled>;

namespace event {

struct hello {
  std::string node;
  std::string epoch;
  parley::limits limits;
};
struct conversation_changed {
  conversation_view view;  // `entries` empty
};
/// Somebody came or went. Without `last_seen` when online, or when it is not known.
struct presence {
  presence_state state;
};
/// How far members have read; the newest of each.
struct receipts {
  conversation_id conversation;
  std::vector<std::pair<user_id, sequence>> read;
};
struct typing {
  conversation_id conversation;
  user_id user;
};
struct signal {
  user_id from;
  std::string payload;  // JSON text
};
struct lagging {
  conversation_id conversation;
  sequence head = 0;
};
struct reconnect {
  std::chrono::milliseconds retry_after{0};
};

}  // namespace event

using client_event =
    std::variant<event::hello, entry, event::conversation_changed, event::presence, event::receipts,
                 event::typing, event::signal, event::lagging, event::reconnect>;

}  // namespace parley
