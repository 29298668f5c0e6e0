#pragma once

#include <caf/typed_actor.hpp>

#include "actors/contract/interfaces/messages.hpp"

namespace parley {

/// Something searchable was written in this conversation: shard → search indexer.
struct conversation_written {
  conversation_id conversation;
};
/// The indexer's own timer.
struct index_tick {};

/// Keeps the index behind `search` up to date, in the background.
using search_indexer_actor = caf::typed_actor<caf::reacts_to<conversation_written>,
                                              caf::reacts_to<index_tick>, caf::reacts_to<stop_actor>>;

}  // namespace parley
