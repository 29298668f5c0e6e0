#pragma once

#include <caf/typed_actor.hpp>

#include "actors/contract/interfaces/messages.hpp"

namespace parley {

/// Its own timer: look which history the database holds.
struct history_look {};

/// Looks again and again which history the database holds, so that every node of a cluster notices by itself
/// when an operator says that it was restored.
using history_watch_actor = caf::typed_actor<caf::reacts_to<history_look>, caf::reacts_to<stop_actor>>;

}  // namespace parley
