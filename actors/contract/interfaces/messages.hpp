#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/contract/interfaces/envelope.hpp"
#include "actors/contract/values/conversation_ask.hpp"
#include "actors/contract/values/entry.hpp"
#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/ports/encoder.hpp"
#include "actors/contract/values/ports/outbox.hpp"
#include "actors/contract/values/presence.hpp"
#include "actors/contract/values/reply.hpp"

/// The messages of a request on its way and of an entry on its way back. Requests are imperative,
/// facts are in the past tense.
namespace parley {

/// What a member asks of a conversation: session → shard → conversation. A session numbers its requests to
/// one conversation from 1 within a *line*; a conversation takes only the next number of the newest line.
struct ask_conversation {
  envelope header;
  conversation_id conversation;
  user_id sender;
  std::uint64_t line = 0;
  std::uint64_t number = 0;
  std::uint64_t ordinal = 0;  // of the request within its connection: the same when it is sent again
  conversation_ask what;
  std::optional<failure> defect;  // the answer, once membership is known
};

/// What a conversation tells its members without keeping it.
using conversation_news = std::variant<event::receipts, event::typing>;

/// What became of a request: conversation → relay → session.
struct conversation_answered {
  envelope header;
  conversation_id conversation;
  std::uint64_t line = 0;
  std::uint64_t number = 0;
  outcome<written> result{written{}};
};

/// The conversation missed requests of a line, or lost what it had taken: send all unanswered again.
struct resend_wanted {
  envelope header;
  conversation_id conversation;
  std::uint64_t line = 0;
};

/// An entry that has been committed, with the envelope of the request that wrote it.
struct published_entry {
  envelope header;
  entry_pointer entry;
};
using published_entries = std::shared_ptr<const std::vector<published_entry>>;

/// What one batch of the log committed of a conversation, at least one entry, their numbers growing:
/// conversation → shard → one relay per subscribed node. One message a batch, so that what a message costs
/// on its way to a hundred members is shared by all entries of the batch.
struct entries_published {
  envelope header;  // of the first
  published_entries entries;
};

/// The same within a node, encoded once: relay → every local session of the topic.
struct entries_delivered {
  envelope header;
  published_entries entries;
  shared_run encoded;  // one frame an entry
};

/// What members are told of a conversation without its being kept: conversation → shard → one relay per
/// subscribed node.
struct news_published {
  envelope header;
  std::shared_ptr<const conversation_news> news;
};

/// The same within a node, encoded once: relay → every local session of the topic.
struct news_delivered {
  envelope header;
  std::shared_ptr<const conversation_news> news;
  frame encoded;
};

/// These users became members: conversation → relays of all nodes → the users' sessions. Told once: what is
/// lost between two nodes shows there, see `memberships_missed`.
struct membership_changed {
  envelope header;  // entity: the conversation
  conversation_id conversation;
  std::vector<user_id> users;
};

/// Another node may have told in vain who became a member, or whose rights changed: placement → relay →
/// sessions, which compare with the database.
struct memberships_missed {
  std::chrono::milliseconds spread{0};  // as of `owners_changed`
};

/// What a user may see of others has changed (somebody blocked them, or no longer): session → relays of all
/// nodes → the user's sessions. Told once, like `membership_changed`.
struct rights_changed {
  envelope header;  // entity: the user
};

/// The database's history is another one (restored from a backup): placement → relay.
struct history_replaced {};

/// A user is there, over this session (`header.origin`): session → shard → user.
struct session_opened {
  envelope header;     // entity: the user
  std::string device;  // empty: a device without a name
};
/// The session has ended.
struct session_closed {
  envelope header;
};
/// The user has another connection instead: user → relay → session.
struct session_superseded {
  envelope header;
  close_code why = close_code::device_replaced;
};

/// Whether a user is there: relay → the sessions that watch.
struct presence_changed {
  presence_state state;
  /// False soon after a shard was taken: a user without a session may still be on the way back.
  bool settled = true;
};
/// The same for the relays of these nodes: user → relay. What its owner knows of many users within a few
/// milliseconds is one message to a node.
struct tell_presence {
  std::vector<incarnation_id> nodes;
  presence_changed news;
};
struct presences_changed {
  incarnation_id owner;  // of the users; what comes late from an earlier one is dropped
  std::vector<presence_changed> news;
};

/// Something for a user's devices: session → shard → user → relays → the user's sessions, except the
/// one it comes from.
struct signal_sent {
  envelope header;  // entity: the receiving user
  user_id from;
  request_id request = 0;
  std::shared_ptr<const std::string> payload;
};
/// How many devices a signal reached: user → relay → session.
struct signal_answered {
  envelope header;
  request_id request = 0;
  std::size_t devices = 0;
  bool was_taken = true;  // false, from a shard: it is not held here, so that the signal may be sent again
};

/// A node wants to hear of a topic, or no longer.
struct subscribe_node {
  envelope header;  // entity: the topic
};
struct unsubscribe_node {
  envelope header;
};

/// A subscription stands at this owner; everything published from now on arrives. `head`: of the
/// conversation, if it was written since (or not long before) the shard was taken, else 0.
struct topic_subscribed {
  envelope header;
  sequence head = 0;
  incarnation_id owner;
};

/// These shards have an owner (again), so that topics are subscribed there and requests under way are sent
/// again: placement → relay → sessions. In ascending order. `spread`: over how long the sessions concerned
/// should spread their questions to the log.
struct owners_changed {
  std::shared_ptr<const std::vector<shard_index>> shards;
  std::chrono::milliseconds spread{0};
};

/// A token has been revoked: its sessions end.
struct token_revoked {
  token_id token;
};

/// The node stops: sessions end, conversations finish what is at the writer.
struct stop_actor {};

}  // namespace parley
