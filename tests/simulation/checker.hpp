#pragma once

#include <string>
#include <vector>

#include "tests/simulation/history.hpp"

namespace parley::simulation {

/// What Parley promises, held against what happened. Returns one sentence for each broken promise, none
/// when all were kept. Knows nothing of actors; looks at the history alone.
///
/// The log: dense; nobody's key twice; nothing that nobody asked for.
/// Answers: one for each request; acknowledged means committed, once, with this content, at this place,
/// before; a refusal other than `unavailable` leaves no trace; nobody who is no member learns anything.
/// Order: requests of a connection to a conversation take effect in the order sent; a temporary refusal
/// refuses the later ones with the same code.
/// Feeds: from the head fixed by the first `sync` on, every entry, in order, once, after its commit.
/// The end (of a settled history): everything is answered, everybody connected was shown everything.
std::vector<std::string> broken_promises(const history& past);

}  // namespace parley::simulation
