#pragma once

#include <caf/typed_actor.hpp>

#include "actors/contract/interfaces/cluster_messages.hpp"
#include "actors/contract/interfaces/session_actor.hpp"

namespace parley {

/// A session begins: answers and news find it from now on.
struct register_session {
  session_id session;
  session_actor handle;
};
/// A session knows its token (so that a revocation finds it).
struct session_identified {
  session_id session;
  token_id token;
};
/// A session wants these topics; `topics_ready` answers, at once or when the shards have confirmed.
struct subscribe_session {
  session_id session;
  std::vector<topic> topics;
};
/// A session no longer wants this topic.
struct unsubscribe_session {
  session_id session;
  topic subject;
};
/// A session ended.
struct session_ended {
  session_id session;
};

/// The node's switchboard: knows which local sessions want which topic, subscribes the node to a topic
/// once, encodes an event once, and hands it to each of them.
using relay_actor = caf::typed_actor<
    caf::reacts_to<register_session>, caf::reacts_to<session_identified>, caf::reacts_to<subscribe_session>,
    caf::reacts_to<unsubscribe_session>, caf::reacts_to<session_ended>,
    // From a shard: the node's subscription stands.
    caf::reacts_to<topic_subscribed>,
    // From conversations, for sessions of this node by their ids.
    caf::reacts_to<conversation_answered>, caf::reacts_to<resend_wanted>,
    // From users, likewise.
    caf::reacts_to<session_superseded>, caf::reacts_to<signal_answered>,
    // From shards and users, for all local sessions of the topic.
    caf::reacts_to<entries_published>, caf::reacts_to<news_published>, caf::reacts_to<signal_sent>,
    caf::reacts_to<rights_changed>,
    // From users of this node, for the relays of these nodes, and from there.
    caf::reacts_to<tell_presence>, caf::reacts_to<presences_changed>,
    // Its own timer: the next of the latter may leave.
    caf::reacts_to<presences_due>,
    // From placement, for all sessions.
    caf::reacts_to<owners_changed>, caf::reacts_to<history_replaced>,
    // From conversations of any node: who became a member; and that such news may be missing.
    caf::reacts_to<membership_changed>, caf::reacts_to<memberships_missed>,
    // From a link: what was said to this owner, or by it, may be lost.
    caf::reacts_to<state_again>,
    // Its own timer: revocations.
    caf::reacts_to<relay_tick>,
    // The node stops: all sessions end in good order, those that come later too.
    caf::reacts_to<drain_sessions>,
    // From placement: those that are here end in good order; others may come.
    caf::reacts_to<send_sessions_away>,
    // How many sessions there are.
    caf::replies_to<count_sessions>::with<std::uint64_t>,
    // Ends all sessions, then itself.
    caf::reacts_to<stop_actor>>;

}  // namespace parley
