#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/contract/interfaces/messages.hpp"
#include "actors/contract/values/cluster.hpp"
#include "actors/contract/values/ports/call_forwarding.hpp"
#include "actors/contract/values/ports/peer_network.hpp"

/// What nodes say to each other, and what their links say to those around them.
namespace parley {

/// A node tells a peer what it is about: placement → link → placement. Whenever that changes, and first
/// of all on a stream that begins.
struct node_announced {
  incarnation_id node;
  node_state state = node_state::starting;
  bool reaches_database = true;
  std::vector<shard_index> shards;  // held by it, ready for requests; ascending
  friend bool operator==(const node_announced&, const node_announced&) = default;
};

/// The rightful owner of these shards asks for them (a pull): placement → link → placement.
struct shards_wanted {
  incarnation_id by;
  std::vector<shard_index> shards;
};

/// A piece of a client's call for what another node has: forwarder → link → forwarder. The first piece has
/// the head; pieces of one call come in order, and those of others between them.
struct call_forwarded {
  incarnation_id from;
  std::uint64_t number = 0;  // of the call, as `from` counts
  std::optional<call_head> head;
  std::string piece;
  bool is_last = true;
};
/// And of its answer, likewise. A failure is why there is none.
struct call_answered {
  incarnation_id from;
  std::uint64_t number = 0;  // of the call, as the other side counts
  std::optional<outcome<answer_head>> head;
  std::string piece;
  bool is_last = true;
};
/// So much of what was sent has been taken, and as much more may follow.
struct call_bytes_taken {
  incarnation_id from;
  std::uint64_t bytes = 0;
};

/// What one node sends to another: for the shard of the entity, for the relay, for placement, or for the
/// forwarder.
using message_to_shard = std::variant<ask_conversation, subscribe_node, unsubscribe_node, session_opened,
                                      session_closed, signal_sent>;
using message_to_relay =
    std::variant<entries_published, conversation_answered, resend_wanted, topic_subscribed, news_published,
                 membership_changed, presences_changed, signal_sent, rights_changed,
                 signal_answered, session_superseded>;
using message_to_placement = std::variant<node_announced, shards_wanted>;
using message_to_forwarder = std::variant<call_forwarded, call_answered, call_bytes_taken>;
using routed_message =
    std::variant<message_to_shard, message_to_relay, message_to_placement, message_to_forwarder>;

/// Anybody on this node → the link to a peer.
struct send_to_peer {
  routed_message what;
};

/// A node's life is over, or what it said was lost on the way: its subscriptions and sessions are void.
/// link, placement → shards → users. Whoever lives states them anew.
struct node_forgotten {
  incarnation_id node;
};

/// The stream with a peer began anew: what the node had subscribed there is void, and is stated anew.
/// link → relay.
struct state_again {
  incarnation_id owner;
};

// Link → placement.
struct peer_reached {
  incarnation_id peer;
};
struct peer_lost {
  incarnation_id peer;
};
/// A peer's stream began anew: it is to be told first what this node is about.
struct peer_begins {
  incarnation_id peer;
};

// Placement → links: these peers there are, and no others.
struct peers_known {
  std::vector<peer_address> peers;
};

// Placement's own: its next beat; a look at the database in between.
struct beat_due {};
struct look_due {};
// Program → placement: where clients reach this node; give all shards away, the node is going to end.
struct node_listens {
  std::string url;
};
struct drain_node {};
/// Placement → relay: present sessions are better served by another node; each is told to come back
/// elsewhere within this time.
struct send_sessions_away {
  std::chrono::milliseconds within{0};
};

// Network → links → link.
struct wire_opened {
  incarnation_id peer;
  std::uint64_t connection = 0;
  std::shared_ptr<wire> way;
};
struct wire_received {
  incarnation_id peer;
  std::uint64_t connection = 0;
  std::string bytes;
};
struct wire_closed {
  incarnation_id peer;
  std::uint64_t connection = 0;
};
struct wire_failed {
  incarnation_id peer;
  std::string why;
};

// The link's own: what piled up leaves; an acknowledgement has waited long enough for something to ride
// with; heartbeats and deadlines; the next attempt.
struct link_flush {};
struct link_acknowledge {};
struct link_tick {};
struct link_dial {};

}  // namespace parley
