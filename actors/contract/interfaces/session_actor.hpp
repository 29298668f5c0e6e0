#pragma once

#include <caf/typed_actor.hpp>

#include "actors/contract/interfaces/local_messages.hpp"
#include "actors/contract/interfaces/messages.hpp"
#include "actors/contract/values/request.hpp"

namespace parley {

/// One connection's session: checks and answers its requests, and shows it every entry once, in order.
using session_actor = caf::typed_actor<
    // A request of the client, in the order read.
    caf::reacts_to<requests_received>,
    // The outbox has room again.
    caf::reacts_to<outbox_drained>,
    // The connection is gone; the session ends.
    caf::reacts_to<connection_closed>,
    // The answer of a conversation to a writing request.
    caf::reacts_to<conversation_answered>,
    // A conversation lost track of a line.
    caf::reacts_to<resend_wanted>,
    // Subscriptions stand.
    caf::reacts_to<topics_ready>,
    // Entries of a subscribed conversation.
    caf::reacts_to<entries_delivered>,
    // Receipts or typing in a subscribed conversation.
    caf::reacts_to<news_delivered>,
    // Somebody watched came or went.
    caf::reacts_to<presence_changed>,
    // A signal for the user; what became of one of its own.
    caf::reacts_to<signal_sent>, caf::reacts_to<signal_answered>,
    // The user has another connection instead.
    caf::reacts_to<session_superseded>,
    // Somebody blocked the user, or no longer.
    caf::reacts_to<rights_changed>,
    // Its own timer: who may be watched is to be looked at again.
    caf::reacts_to<presence_check_due>,
    // The user became a member somewhere.
    caf::reacts_to<membership_changed>, caf::reacts_to<memberships_missed>,
    // Shards have new owners or incarnations.
    caf::reacts_to<owners_changed>,
    // Some token was revoked; ends the session if it is its own.
    caf::reacts_to<token_revoked>,
    // `logout` was carried out, or could not be.
    caf::reacts_to<logout_finished>,
    // Its own timer, once: the time for `identify` is over.
    caf::reacts_to<identify_due>,
    // The node stops: the client is told, what was read is answered, and the connection ends.
    caf::reacts_to<drain_sessions>, caf::reacts_to<everything_answered>,
    // Its own timer, running only while something waits.
    caf::reacts_to<session_tick>,
    // The database was restored: the connection ends, so that the client begins anew.
    caf::reacts_to<history_replaced>,
    // The node stops.
    caf::reacts_to<stop_actor>>;

}  // namespace parley
