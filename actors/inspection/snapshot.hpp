#pragma once

#include <functional>
#include <string>

#include "actors/contract/values/topology.hpp"

namespace parley {

/// How an entity is shown.
using entity_text = std::function<std::string(const entity_name&)>;

/// Fills in what this process has of what was asked for. Every actor is looked at for less than a
/// microsecond, and no message waits for it; what starts or stops meanwhile may wait for a 64th of all.
/// Takes some ten milliseconds for 20,000 actors.
void take_snapshot(const topology_question& what, const entity_text& text_of, topology_part& into);

/// The kinds of actors of the house, and those that were met besides; in alphabetical order.
std::vector<std::string> kinds_of_actors();

}  // namespace parley
