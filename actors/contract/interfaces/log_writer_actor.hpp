#pragma once

#include <caf/typed_actor.hpp>
#include <vector>

#include "actors/contract/interfaces/conversation_actor.hpp"

namespace parley {

/// One request for the log, from the conversation that answers for it.
struct append_entry {
  envelope header;
  append_item item;
  std::uint64_t ticket = 0;
  std::uint64_t incarnation = 0;  // of the shard, as the conversation knows it; an older one is refused
  std::size_t bytes = 0;          // taken from the write budget, returned when answered
  conversation_actor from;
};

/// Requests of one conversation in their order, at least one. What a conversation was asked at once arrives
/// here at once, so that it is committed at once.
struct append_entries {
  std::vector<append_entry> entries;
};

/// How far somebody has read, to be kept; from the conversation that answers for it.
struct store_read {
  envelope header;
  read_item item;
  std::uint64_t ticket = 0;
  std::uint64_t incarnation = 0;
  conversation_actor from;
};

/// A writer connection to the log: takes what piled up while the last commit ran and commits it as one
/// batch (group commit without a timer).
using log_writer_actor =
    caf::typed_actor<caf::reacts_to<append_entries>, caf::reacts_to<store_read>, caf::reacts_to<flush_batch>,
                     // From placement, which decides what it holds.
                     caf::reacts_to<take_shards>, caf::reacts_to<give_shards>,
                     // Its own timer, begun from outside: opens the connection, and looks after it.
                     caf::reacts_to<writer_tick>,
                     // The database was restored: begins with another connection, as after a loss.
                     caf::reacts_to<history_replaced>,
                     // Commits what it has, gives the locks back, ends.
                     caf::reacts_to<stop_actor>>;

}  // namespace parley
