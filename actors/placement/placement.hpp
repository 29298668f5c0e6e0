#pragma once

#include <memory>
#include <set>
#include <string>

#include "actors/contract/interfaces/directory.hpp"
#include "actors/contract/interfaces/local_only.hpp"
#include "actors/contract/interfaces/placement_actor.hpp"
#include "actors/inspection/metered.hpp"
#include "actors/placement/node_status.hpp"

namespace parley {

/// Knows which shards the node holds. So far a node is alone and wants all of them: shards that
/// somebody else holds when it starts are a reason to stop.
class placement_state : public metered_state<placement_actor, placement_state> {
public:
  static inline const char* name = "placement";

  explicit placement_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior(std::shared_ptr<const directory> where, std::shared_ptr<node_status> status);

private:
  void acquired(const shards_acquired& news);
  void lost(const shards_lost& news);
  void refused(const shards_refused& news);

  std::shared_ptr<const directory> where_;
  std::shared_ptr<node_status> status_;
  std::set<shard_index> held_;
  bool served_before_ = false;
  std::string refused_because_;  // the last refusal, until shards are taken
};

placement_actor::behavior_type placement(placement_state::self_pointer self,
                                         std::shared_ptr<const directory> where,
                                         std::shared_ptr<node_status> status);

}  // namespace parley
