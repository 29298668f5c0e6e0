#pragma once

#include <caf/typed_actor.hpp>

#include "actors/contract/interfaces/local_messages.hpp"
#include "actors/contract/interfaces/messages.hpp"

namespace parley {

/// Knows which shards this node owns, and tells those concerned when that changes.
using placement_actor = caf::typed_actor<caf::reacts_to<shards_acquired>, caf::reacts_to<shards_lost>,
                                         caf::reacts_to<shards_refused>, caf::reacts_to<stop_actor>>;

}  // namespace parley
