#pragma once

#include <caf/typed_actor.hpp>

#include "actors/contract/interfaces/cluster_messages.hpp"
#include "actors/contract/interfaces/local_messages.hpp"

namespace parley {

/// A user who is online somewhere, or watched: knows the sessions, the nodes that want the user's news,
/// and those that watch whether the user is there.
using user_actor = caf::typed_actor<
    // From relays: the user's own topic, or the user's presence.
    caf::reacts_to<subscribe_node>, caf::reacts_to<unsubscribe_node>,
    // From sessions of the user.
    caf::reacts_to<session_opened>, caf::reacts_to<session_closed>,
    // From a session of somebody else, for all sessions of this user.
    caf::reacts_to<signal_sent>,
    // From the shard: the sessions of this node are void, and what it had subscribed.
    caf::reacts_to<node_forgotten>,
    // Its own timers.
    caf::reacts_to<presence_grace_over>, caf::reacts_to<presence_settled>,
    // The shard agrees to its sleep, or ends.
    caf::reacts_to<stop_actor>>;

}  // namespace parley
