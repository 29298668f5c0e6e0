#pragma once

#include <caf/typed_actor.hpp>

#include "actors/contract/interfaces/cluster_messages.hpp"

namespace parley {

/// Who hears how it stands with the peers, and what they say of themselves: placement.
using link_listener = caf::typed_actor<
    // The wire stands, or is cut; the stream may survive that.
    caf::reacts_to<peer_reached>, caf::reacts_to<peer_lost>,
    // A stream began anew: whatever the peer said before is void, and it is to be told anew.
    caf::reacts_to<peer_begins>,
    // From the peer.
    caf::reacts_to<node_announced>, caf::reacts_to<shards_wanted>>;

/// The only road to one life of a peer: a numbered stream each way that survives cuts as far as a bounded
/// ring remembers, and otherwise begins anew, which it tells those concerned.
using link_actor = caf::typed_actor<
    // From anybody on this node.
    caf::reacts_to<send_to_peer>,
    // From the links' keeper: the network's news of this peer.
    caf::reacts_to<wire_opened>, caf::reacts_to<wire_received>, caf::reacts_to<wire_closed>,
    caf::reacts_to<wire_failed>,
    // Its own.
    caf::reacts_to<link_flush>, caf::reacts_to<link_acknowledge>, caf::reacts_to<link_tick>,
    caf::reacts_to<link_dial>,
    // The peer is gone for good, or the node stops.
    caf::reacts_to<stop_actor>>;

/// Keeps one link per peer there is, and hands each what the network brings.
using links_actor =
    caf::typed_actor<caf::reacts_to<peers_known>, caf::reacts_to<wire_opened>, caf::reacts_to<wire_received>,
                     caf::reacts_to<wire_closed>, caf::reacts_to<wire_failed>, caf::reacts_to<stop_actor>>;

}  // namespace parley
