#pragma once

#include <caf/typed_actor.hpp>

#include "actors/contract/interfaces/local_messages.hpp"
#include "actors/contract/interfaces/messages.hpp"

namespace parley {

/// A live conversation: decides who may write, hands entries to the log in order, publishes what has
/// been committed.
using conversation_actor = caf::typed_actor<
    // A request of a session.
    caf::reacts_to<ask_conversation>,
    // The log's answer to the appends of one batch: committed, or what else became of each.
    caf::reacts_to<batch_finished>,
    // Its own, behind what it was asked so far: everything for the log is handed over.
    caf::reacts_to<hand_over_due>,
    // The log's answer to one read mark.
    caf::reacts_to<read_stored>,
    // Its own timer: what has been read since, told to the members.
    caf::reacts_to<receipts_due>,
    // Its own timer: who has blocked whom could not be read before.
    caf::reacts_to<blocks_due>,
    // The log failed: everything it had is unknown; the conversation asks for it again and ends.
    caf::reacts_to<append_failed>,
    // The shard thinks it has been idle for long.
    caf::reacts_to<passivate>,
    // The shard agrees to its sleep, or is gone.
    caf::reacts_to<stop_actor>>;

}  // namespace parley
