#pragma once

#include <caf/typed_actor.hpp>

#include "actors/contract/interfaces/cluster_messages.hpp"
#include "actors/contract/interfaces/link_actor.hpp"
#include "actors/contract/interfaces/local_messages.hpp"
#include "actors/contract/interfaces/messages.hpp"

namespace parley {

/// Whoever keeps the links to peers; told once, when everybody is there.
struct meet_peers {
  links_actor links;
};

/// Decides which shards this node holds, knows who else lives, and tells those
/// concerned when that changes.
using placement_actor = caf::typed_actor<
    // From the writers of this node.
    caf::reacts_to<writer_ready>, caf::reacts_to<writer_waiting>, caf::reacts_to<shards_acquired>,
    caf::reacts_to<shards_refused>, caf::reacts_to<shards_released>, caf::reacts_to<shards_lost>,
    // Its own timers.
    caf::reacts_to<beat_due>, caf::reacts_to<look_due>,
    // From links.
    caf::reacts_to<peer_reached>, caf::reacts_to<peer_lost>, caf::reacts_to<peer_begins>,
    // From the placement of a peer.
    caf::reacts_to<node_announced>, caf::reacts_to<shards_wanted>,
    // From the program.
    caf::reacts_to<meet_peers>, caf::reacts_to<node_listens>, caf::reacts_to<drain_node>,
    caf::reacts_to<stop_actor>>;

}  // namespace parley
