#pragma once

#include <caf/typed_actor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>

#include "actors/contract/interfaces/cluster_messages.hpp"
#include "actors/contract/interfaces/messages.hpp"
#include "actors/contract/values/ports/call_forwarding.hpp"

namespace parley {

/// A client of this node called for something that another node has: gateway → forwarder.
struct forward_call {
  incarnation_id node;
  std::shared_ptr<forwarded_call> call;
  std::chrono::milliseconds within{0};
  call_forwarding::answered respond;
};
/// A call that a peer handed over has its answer: gateway → forwarder.
struct answer_made {
  incarnation_id caller;
  std::uint64_t number = 0;
  std::shared_ptr<outcome<forwarded_answer>> answer;
};
/// The node stops: nothing waits any longer.
struct give_up_calls {};
/// The forwarder's own timer, while something waits.
struct forwarder_tick {};

/// Takes clients' calls to the nodes that have what they are about, and the answers back, in pieces that
/// never crowd out what else the link carries.
using forwarder_actor = caf::typed_actor<
    // From this node's port for clients.
    caf::reacts_to<forward_call>, caf::reacts_to<answer_made>, caf::reacts_to<give_up_calls>,
    // From the forwarder of a peer, over the link.
    caf::reacts_to<call_forwarded>, caf::reacts_to<call_answered>, caf::reacts_to<call_bytes_taken>,
    // From links: a wire stands, or is cut; a stream began anew, and what was on its way is lost.
    caf::reacts_to<peer_reached>, caf::reacts_to<peer_lost>, caf::reacts_to<peer_begins>,
    // Its own.
    caf::reacts_to<forwarder_tick>, caf::reacts_to<stop_actor>>;

}  // namespace parley
