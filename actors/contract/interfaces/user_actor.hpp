#pragma once

#include <caf/typed_actor.hpp>

#include "actors/contract/interfaces/messages.hpp"

namespace parley {

/// A user who is online somewhere: knows the nodes where, and tells them of the user's memberships.
using user_actor = caf::typed_actor<caf::reacts_to<subscribe_node>, caf::reacts_to<unsubscribe_node>,
                                    caf::reacts_to<membership_changed>, caf::reacts_to<stop_actor>>;

}  // namespace parley
