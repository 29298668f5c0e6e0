#pragma once

#include <chrono>
#include <cstdint>
#include <thread>

#include "actors/placement/node_actors.hpp"
#include "tools/parleyd/signals.hpp"

namespace parley {

/// Ends the process at once, with exit code 1, if another signal comes while this exists: whoever asks twice
/// does not want to wait. The private PostgreSQL ends with its parent; nothing acknowledged is lost.
class second_signal {
public:
  /// `stopping_by_signal`: the first one is why the node stops; else one that comes only says the same again.
  second_signal(const stop_signals& signals, bool stopping_by_signal);

private:
  std::jthread waiting_;
};

/// Gives all shards to the other nodes, if there are any, and waits for that, at most until the deadline.
/// Sessions go on meanwhile: what they ask goes to the new owners.
void hand_shards_over(node_actors& actors, std::chrono::steady_clock::time_point deadline);

/// Has all sessions tell their clients to come back (spread over what `admissions_per_second` takes), answer
/// what was read and end, and waits for that, at most until the deadline.
void let_sessions_go(node_actors& actors, std::uint32_t admissions_per_second,
                     std::chrono::steady_clock::time_point deadline);

}  // namespace parley
