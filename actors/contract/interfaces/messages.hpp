#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/contract/interfaces/envelope.hpp"
#include "actors/contract/values/entry.hpp"
#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/ports/encoder.hpp"
#include "actors/contract/values/reply.hpp"

/// The messages of a request on its way and of an entry on its way back. Requests are imperative,
/// facts are in the past tense.
namespace parley {

/// A writing request: session → shard → conversation. A session numbers its requests to one
/// conversation from 1 within a *line*; a conversation takes only the next number of the newest line.
struct write_entry {
  envelope header;
  conversation_id conversation;
  user_id sender;
  std::uint64_t line = 0;
  std::uint64_t number = 0;
  shared_draft draft;
  std::optional<failure> defect;  // the answer, once membership is known
};

/// What became of a request: conversation → relay → session.
struct write_answered {
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

/// An entry has been committed: conversation → shard → one relay per subscribed node.
struct entry_published {
  envelope header;
  entry_pointer published;
};

/// The same within a node, encoded once: relay → every local session of the topic.
struct entry_delivered {
  envelope header;
  entry_pointer delivered;
  frame encoded;
};

/// A user became a member: conversation → shard of the user → user → relays → the user's sessions.
struct membership_changed {
  envelope header;  // entity: the user
  conversation_id conversation;
};

/// A node wants to hear of a topic, or no longer.
struct subscribe_node {
  envelope header;  // entity: the topic
};
struct unsubscribe_node {
  envelope header;
};

/// A subscription stands; everything published from now on arrives. `head`: of the conversation, if
/// it was written since the shard was taken, else 0.
struct topic_subscribed {
  envelope header;
  sequence head = 0;
};

/// Which shards have (again) been taken, so that requests under way are sent again and heads are
/// compared with the log. `spread`: over how long the readers should spread their questions.
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
