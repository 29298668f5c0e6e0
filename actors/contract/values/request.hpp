#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actors/contract/values/entry.hpp"
#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/ids.hpp"
#include "actors/contract/values/trace.hpp"

namespace parley {

/// The number a client gave its request, 1 … 2^53 - 1.
using request_id = std::int64_t;

namespace request {

struct identify {
  std::string token;
  std::optional<std::string> device;
};
struct ping {};
struct sync {
  std::vector<std::pair<conversation_id, sequence>> have;
  std::optional<std::string> epoch;
  std::size_t tail = 20;
  std::optional<std::string> cursor;
};
struct members {
  conversation_id conversation;
  std::optional<std::string> cursor;
};
struct history {
  conversation_id conversation;
  std::optional<sequence> before;
  std::optional<sequence> after;
  std::size_t limit = 100;
};
/// Every op that writes an entry to a conversation that exists: `send edit delete add_member
/// remove_member set_role leave rename`. `remove_member` and `leave` are both of kind `leave`; the draft
/// of the latter names no user.
struct write {
  conversation_id conversation;
  shared_draft draft;
};
struct open_direct {
  user_id user;
};
/// `draft->members` are the users as named by the client; the session adds the creator.
struct create_group {
  shared_draft draft;
};
struct find_users {
  std::string prefix;
  std::size_t limit = 20;
};
struct mark_read {
  conversation_id conversation;
  sequence seq = 0;
};
struct typing {
  conversation_id conversation;
};
struct watch_presence {
  std::vector<user_id> users;  // ids that this server never made are left out
};
struct unwatch_presence {
  std::vector<user_id> users;
};
struct search {
  std::string text;
  std::optional<conversation_id> conversation;
  std::optional<std::string> cursor;
  std::size_t limit = 50;
};
struct block {
  user_id user;
};
struct unblock {
  user_id user;
};
struct blocked {};
struct signal {
  user_id user;
  std::string payload;  // JSON text, as the client wrote it
};
struct logout {};
/// An op that this server does not know.
struct unsupported {
  std::string op;
};

}  // namespace request

/// A request as the codec read it.
///
/// A request whose *content* is wrong still names its conversation: membership is checked first, so
/// that the answer tells a stranger nothing, and only then is `defect` the answer.
struct client_request {
  using operation =
      std::variant<request::unsupported, request::identify, request::ping, request::sync, request::members,
                   request::history, request::write, request::open_direct, request::create_group,
                   request::find_users, request::mark_read, request::typing, request::watch_presence,
                   request::unwatch_presence, request::search, request::block, request::unblock,
                   request::blocked, request::signal, request::logout>;

  request_id id = 0;
  std::uint64_t ordinal = 0;  // 1 for the first request of the connection, and so on
  std::size_t bytes = 0;      // of the frame it came in
  std::int64_t read_ns = 0;   // when that was read, by the trace's clock; 0: nobody looked
  trace_context trace;        // of a request that is traced
  operation op;
  std::optional<failure> defect;
};

}  // namespace parley
