#pragma once

#include <string>
#include <vector>

#include "tests/simulation/history.hpp"

namespace parley::simulation {

/// What Parley promises, held against what happened. Returns one sentence for each broken promise, none
/// when all were kept. Knows nothing of actors; looks at the history alone.
///
/// The log (check_log, check_rules): dense; nobody's key twice; nothing that nobody asked for; only what
/// members and roles allow at that place; a leaving owner is followed; nobody speaks to who blocked them.
/// Ownership (check_locks): a shard's lock is nobody's or one backend's; entries are written over the backend
/// that holds it.
/// Answers (check_answers, check_refusals, check_reads): one for each request; acknowledged means
/// committed, once, with this content, at this place, before; a refusal for good has a reason, and other
/// than `unavailable` leaves no trace; what is read is the log's, with the texts and members of then;
/// nobody who is no member learns anything, to the letter.
/// Order (check_order): requests of a connection to a conversation take effect in the order sent; a
/// temporary refusal refuses the later ones with the same code. One exception: a request refused in its
/// place whose answer is lost with the shard is tried again, and may then come to pass later.
/// Feeds (check_feeds): from the head fixed by the first `sync`, or the own join, on: every entry, in
/// order, once, after its commit, up to the own leave. One exception: who left, was added and left again
/// while the connection was behind may miss the second time.
/// People (check_people): read marks and receipts never go back; typing and signals come from who may;
/// nobody is told of strangers.
/// The end (of a settled history): everything is answered, everybody connected was shown everything, and
/// presence is what is true.
std::vector<std::string> broken_promises(const history& past);

}  // namespace parley::simulation
