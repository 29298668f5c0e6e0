#pragma once

#include <caf/typed_actor.hpp>

#include "actors/contract/interfaces/cluster_messages.hpp"
#include "actors/contract/interfaces/local_messages.hpp"

namespace parley {

/// The owner of one shard's conversations and users: starts them on demand, agrees to their sleep,
/// stops them when the shard is lost, and knows which nodes want to hear of which topic.
using shard_actor = caf::typed_actor<
    // For a conversation of this shard, which it starts if it sleeps.
    caf::reacts_to<ask_conversation>,
    // From a relay.
    caf::reacts_to<subscribe_node>, caf::reacts_to<unsubscribe_node>,
    // From a conversation of this shard, for the nodes subscribed to it.
    caf::reacts_to<entries_published>,
    // From a conversation of this shard, as well.
    caf::reacts_to<news_published>,
    // From sessions, for a user of this shard.
    caf::reacts_to<session_opened>, caf::reacts_to<session_closed>, caf::reacts_to<signal_sent>,
    caf::reacts_to<user_sleep_wanted>,
    // A conversation has nothing to do.
    caf::reacts_to<sleep_wanted>,
    // Placement: this node holds the shard's lock (again), or lost it.
    caf::reacts_to<shard_taken>, caf::reacts_to<shard_gone>,
    // Link or placement: what this node had subscribed, and its sessions, are void.
    caf::reacts_to<node_forgotten>,
    // Its own timer: passivation.
    caf::reacts_to<shard_tick>, caf::reacts_to<stop_actor>>;

}  // namespace parley
