#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/contract/values/ids.hpp"
#include "actors/contract/values/shard.hpp"

namespace parley {

/// What a node is about; only who serves is given shards.
enum class node_state : std::uint8_t {
  starting,  // holds nothing yet
  serving,
  draining,  // gives its shards away and ends
  secluded,  // reaches the database, but not its peers: gives its shards away until it reaches them again
};

/// How old the oldest message is that a peer has not acknowledged; 0: none.
struct link_lag {
  incarnation_id peer;
  std::int64_t ms = 0;
  friend bool operator==(const link_lag&, const link_lag&) = default;
};

/// What a node tells of itself with each beat, for operators.
struct node_figures {
  std::int64_t sessions = 0;
  std::int64_t conversations = 0;  // live
  std::int64_t messages = 0;       // committed since the start
  std::int64_t commit_p99_us = 0;  // of the last minute; 0: none
  std::vector<link_lag> lags;      // of its links, also of those that are down
  friend bool operator==(const node_figures&, const node_figures&) = default;
};

/// A node as the database knows it. `name` is the operator's, one life of it is its `incarnation`.
struct node_record {
  std::string name;
  incarnation_id incarnation;
  std::string address;  // `host:port` where its peers reach it; empty: a node alone
  std::string url;      // where clients reach it; empty until it listens
  std::string version;
  node_state state = node_state::starting;
  std::vector<incarnation_id> links;  // peers that it reaches
  bool drain_wanted = false;          // an operator asked it to drain
  std::int64_t beat = 0;              // counted up by the node; who judges compares counts, never clocks
  timestamp_ms beat_at = 0;           // the database's clock
  bool is_connected = true;           // the connection that it beats over stands
  timestamp_ms started_at = 0;
  node_figures figures;
};

/// The cluster at one moment, as the database shows it.
struct cluster_view {
  std::vector<node_record> nodes;         // also such as are gone, until somebody forgets them
  std::vector<incarnation_id> owners;     // by shard: whose writer's backend holds its lock; 0: free
  std::vector<timestamp_ms> owned_since;  // by shard; 0: not known
  timestamp_ms now = 0;
};

/// A conversation that was written lately.
struct recent_write {
  conversation_id conversation;
  sequence head = 0;
  std::vector<user_id> joined;  // who became a member lately, and may not have been told
};

}  // namespace parley
