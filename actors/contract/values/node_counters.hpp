#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "actors/contract/values/counter.hpp"
#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/ports/outbox.hpp"
#include "actors/contract/values/request.hpp"

namespace parley {

/// A counter for every error code, and one for what went well.
class outcome_counters {
public:
  static constexpr std::size_t count = static_cast<std::size_t>(errc::internal) + 2;

  void add_ok() { counters_[0].add(); }
  void add(errc code) { counters_[1 + static_cast<std::size_t>(code)].add(); }
  template <class T>
  void add(const outcome<T>& result) {
    if (result.has_value()) return add_ok();
    add(result.error().code);
  }
  [[nodiscard]] static constexpr std::string_view name(std::size_t index) {
    return index == 0 ? "ok" : to_text(static_cast<errc>(index - 1));
  }
  [[nodiscard]] std::uint64_t value(std::size_t index) const { return counters_[index].value(); }

private:
  std::array<counter, count> counters_;
};

/// A counter for every op of the protocol. Whatever this server does not know is counted as "unsupported":
/// what clients make up becomes no label.
class op_counters {
public:
  static constexpr std::array<std::string_view, 27> names{
      "unsupported",      "identify",     "ping",       "sync",    "members",    "history",
      "open_direct",      "create_group", "find_users", "read",    "typing",     "watch_presence",
      "unwatch_presence", "search",       "block",      "unblock", "blocked",    "signal",
      "logout",           "send",         "edit",       "delete",  "add_member", "remove_member",
      "set_role",         "leave",        "rename"};

  void add(const client_request& request) { counters_[index_of(request)].add(); }
  [[nodiscard]] std::uint64_t value(std::size_t index) const { return counters_[index].value(); }

  /// Where the op of a request stands in `names`.
  [[nodiscard]] static std::size_t index_of(const client_request& request);

private:
  std::array<counter, names.size()> counters_;
};

/// A counter for every close code that this server sends, and one for connections that end without:
/// the client closed them, or they broke.
class close_counters {
public:
  static constexpr std::array<std::uint16_t, 13> codes{1001, 1002, 1007, 1009, 1012, 4000, 4001,
                                                       4100, 4101, 4400, 4408, 4409, 4429};

  void add(close_code code) { add(static_cast<std::uint16_t>(code)); }
  void add(std::uint16_t code) {
    const auto place = std::ranges::find(codes, code) - codes.begin();
    if (static_cast<std::size_t>(place) < codes.size()) counters_[static_cast<std::size_t>(place)].add();
  }
  void add_gone() { counters_.back().add(); }
  [[nodiscard]] std::uint64_t value(std::size_t index) const { return counters_[index].value(); }
  [[nodiscard]] std::uint64_t gone() const { return counters_.back().value(); }

private:
  std::array<counter, codes.size() + 1> counters_;
};

/// What one kind of connection to PostgreSQL went through.
struct postgres_counters {
  counter connects;  // the first one at the start included
  counter errors;    // calls that failed, and connects that did
};

/// What the links to other nodes did.
struct link_counters {
  counter messages_sent;  // each once for every time that it was sent
  counter messages_received;
  counter bytes_sent;
  counter bytes_received;
  counter frames_sent;
  counter frames_received;
  counter resumed;     // a cut that nobody noticed
  counter begun_anew;  // subscriptions were stated again
  counter overflows;   // a peer was away, or slow, for longer than the ring remembers
  counter refused;     // requests that were answered `overloaded`, since more than half of the ring was full
  counter lost;        // messages for a peer that there was no stream to
  counter broken;      // wires that were closed since what came over them made no sense
  counter dials_failed;
  counter strangers;  // connections to the cluster port that were refused
};

/// What this process has counted since its start, apart from its actors (`kind_meter`): one for the process,
/// as its log is. Whoever does something that matters adds to it; whoever shows it only reads.
struct node_counters {
  // Connections of clients; [0] plain, [1] over TLS.
  std::array<level, 2> http_connections;
  std::array<level, 2> websocket_connections;
  counter connections_accepted;
  counter accept_errors;
  level websocket_sessions;
  level polling_sessions;
  close_counters closed;
  std::array<std::atomic<std::uint64_t>, 600> http_responses{};  // by status

  // What clients ask, and are answered.
  op_counters requests;
  outcome_counters refusals;  // of requests of sessions; "ok" stays 0
  outcome_counters identifies;
  outcome_counters sign_ins;
  outcome_counters accounts;

  // What is pushed.
  counter delivered_live;      // entries
  counter delivered_from_log;  // entries that a session had missed, or was away for
  counter events_dropped;      // for want of room; entries among them come from the log later
  level outbox_bytes;          // between a push and the kernel
  level conversations_behind;  // of all sessions: something is known that was not shown yet

  // The log.
  counter entries_committed;
  counter entries_repeated;  // found by their keys: nothing was written
  counter batches_failed;
  histogram<14> commit_seconds{
      {2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0}};
  histogram<10> batch_entries{{1, 2, 4, 8, 16, 32, 64, 128, 256, 500}};
  std::atomic<std::uint64_t> shards_held{0};
  counter shards_lost;

  // Other nodes.
  link_counters link;
  outcome_counters calls_forwarded;  // of clients here, for sessions there; "ok": there was an answer

  // PostgreSQL, by what the connection is for.
  postgres_counters writer;
  postgres_counters reader;
  postgres_counters search;
  postgres_counters account;
  postgres_counters registry;
};

inline constinit node_counters counters;

inline std::size_t op_counters::index_of(const client_request& request) {
  struct visitor {
    std::size_t operator()(const request::unsupported&) const { return 0; }
    std::size_t operator()(const request::identify&) const { return 1; }
    std::size_t operator()(const request::ping&) const { return 2; }
    std::size_t operator()(const request::sync&) const { return 3; }
    std::size_t operator()(const request::members&) const { return 4; }
    std::size_t operator()(const request::history&) const { return 5; }
    std::size_t operator()(const request::open_direct&) const { return 6; }
    std::size_t operator()(const request::create_group&) const { return 7; }
    std::size_t operator()(const request::find_users&) const { return 8; }
    std::size_t operator()(const request::mark_read&) const { return 9; }
    std::size_t operator()(const request::typing&) const { return 10; }
    std::size_t operator()(const request::watch_presence&) const { return 11; }
    std::size_t operator()(const request::unwatch_presence&) const { return 12; }
    std::size_t operator()(const request::search&) const { return 13; }
    std::size_t operator()(const request::block&) const { return 14; }
    std::size_t operator()(const request::unblock&) const { return 15; }
    std::size_t operator()(const request::blocked&) const { return 16; }
    std::size_t operator()(const request::signal&) const { return 17; }
    std::size_t operator()(const request::logout&) const { return 18; }
    std::size_t operator()(const request::write& write) const {
      switch (write.draft->kind) {
        case entry_kind::message:
          return 19;
        case entry_kind::edit:
          return 20;
        case entry_kind::erase:
          return 21;
        case entry_kind::join:
          return 22;
        case entry_kind::leave:
          return write.draft->user ? 23 : 25;
        case entry_kind::role:
          return 24;
        case entry_kind::rename:
          return 26;
        case entry_kind::create:
          break;
      }
      return 0;
    }
  };
  return std::visit(visitor{}, request.op);
}

}  // namespace parley
