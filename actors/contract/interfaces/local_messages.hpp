#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "actors/contract/interfaces/envelope.hpp"
#include "actors/contract/values/cluster.hpp"
#include "actors/contract/values/entry.hpp"
#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/ports/entry_log.hpp"
#include "actors/contract/values/request.hpp"

/// Messages that never leave a node: they carry handles, pointers, or timers' ticks.
namespace parley {

// Connection → session.
struct requests_received {
  std::vector<client_request> requests;  // what came at once, in the order read
};
struct outbox_drained {};
struct connection_closed {};
struct logout_finished {
  request_id id = 0;
  std::optional<failure> problem;
};
struct session_tick {};
/// The time for `identify` is over.
struct identify_due {};

/// Relay → session: these topics are subscribed, with the heads known there (0: not known).
struct topics_ready {
  std::vector<std::pair<topic, sequence>> topics;
};
struct relay_tick {};
/// Program → relay → sessions: the node stops. Clients are told when to come back, what was read from them is
/// answered, and their connections end.
struct drain_sessions {
  std::chrono::milliseconds retry_after{0};
};
/// Program → relay: how many sessions are there?
struct count_sessions {};
/// The session's own: while it drains, nothing is unanswered any more.
struct everything_answered {};
struct presence_check_due {};

// Shard ↔ conversation.
struct passivate {
  std::uint64_t forwarded = 0;  // how many requests the shard has forwarded so far
};
struct sleep_wanted {
  conversation_id conversation;
  std::uint64_t taken = 0;
};
struct shard_tick {};
/// The conversation's own.
struct hand_over_due {};
struct receipts_due {};
struct blocks_due {};
// User ↔ shard, like a conversation's sleep.
struct user_sleep_wanted {
  user_id user;
  std::uint64_t taken = 0;
};
/// The user's own timers: the grace after the last session has passed; the shard was taken long enough ago.
struct presence_grace_over {
  std::uint64_t absence = 0;
};
struct presence_settled {};
/// The relay's own: what is to be told of presence leaves.
struct presences_due {};

// Placement → log writer.
/// Try the locks of these shards. Those that the writer holds already are left out: that was told before.
struct take_shards {
  std::vector<shard_index> shards;
};
/// Drop what waits of these shards and give their locks back. Those that it does not hold are left out:
/// that they were lost was told before.
struct give_shards {
  std::vector<shard_index> shards;
};

// Log writer → placement. `writer`: its place in `directory::writers`.
/// The connection stands (again), and holds nothing.
struct writer_ready {
  std::size_t writer = 0;
  std::string epoch;  // the database's name for its history
};
/// The connection cannot be had; it is tried again.
struct writer_waiting {
  std::size_t writer = 0;
  failure why;
};
struct shards_acquired {
  std::size_t writer = 0;
  std::vector<shard_index> shards;
  std::string epoch;
  std::uint64_t incarnation = 0;  // of these shards; grows with every taking
};
/// These locks cannot be had: somebody else holds them, or the connection is away.
struct shards_refused {
  std::size_t writer = 0;
  std::vector<shard_index> shards;
  failure why;
};
/// Given back as asked for: their locks are free.
struct shards_released {
  std::size_t writer = 0;
  std::vector<shard_index> shards;
};
/// The connection ended, and with it whatever it held.
struct shards_lost {
  std::size_t writer = 0;
  std::vector<shard_index> shards;
};

// Placement → shards.
struct shard_taken {
  std::uint64_t incarnation = 0;
  std::vector<recent_write> heads;
};
/// The lock is lost or given away: what lives in the shard ends, and whoever subscribed does so again.
struct shard_gone {};

// Log writer → conversation.
struct finished_append {
  std::uint64_t ticket = 0;
  append_result result;
  trace_context trace;
};
/// What became of the conversation's entries in one batch, in the order they were handed over.
struct batch_finished {
  std::vector<finished_append> appends;
};
struct read_stored {
  std::uint64_t ticket = 0;
  read_result_item result;
};
struct append_failed {
  log_failure why = log_failure::disconnected;
};
/// The writer's own: commit what has piled up; look after the connection.
struct flush_batch {};
struct writer_tick {};

}  // namespace parley
