#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "actors/contract/values/cluster.hpp"

namespace parley {

/// Who lives, by the beats that all nodes count in the database: somebody is dead whose count stood still
/// over five of one's *own successful* beats. A database that stalls stops everybody's own beats too, and so
/// accuses nobody; no clock is compared with another.
class beat_judge {
public:
  static constexpr int beats_until_dead = 5;

  /// After an own successful beat: what it showed.
  void beat(const cluster_view& seen);
  /// Whether this life of a node is over, as far as beats tell. Who came after the last own beat is
  /// not: nothing has been silent yet.
  [[nodiscard]] bool is_dead(incarnation_id node) const;
  /// The own successful beats since this node's count was seen to grow; 0 for who was never seen.
  [[nodiscard]] int beats_without(incarnation_id node) const;

private:
  struct pulse {
    std::int64_t beat = 0;
    int stood_still = 0;  // own beats
  };
  std::map<incarnation_id, pulse> pulses_;  // of the nodes in the newest view
};

}  // namespace parley
