#pragma once

#include <memory>
#include <string>

#include "actors/contract/interfaces/directory.hpp"
#include "actors/contract/interfaces/history_watch_actor.hpp"
#include "actors/contract/interfaces/local_only.hpp"
#include "actors/inspection/metered.hpp"
#include "actors/placement/node_status.hpp"

namespace parley {

/// Asks the database for its epoch each 300 ms. Under another one than the node knows, whatever the node has
/// in memory may be of a log that is no more: the writers give their shards up and take them again, so that
/// conversations start from the log, and then the sessions end, so that clients do.
class history_watch_state : public metered_state<history_watch_actor, history_watch_state> {
public:
  static inline const char* name = "history_watch";

  explicit history_watch_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior(std::shared_ptr<const directory> where, std::shared_ptr<node_status> status);

private:
  void look();
  void compare(const std::string& seen);

  std::shared_ptr<const directory> where_;
  std::shared_ptr<node_status> status_;
  bool asking_ = false;
  std::string told_;  // the epoch that the writers were told of last
};

history_watch_actor::behavior_type history_watch(history_watch_state::self_pointer self,
                                                 std::shared_ptr<const directory> where,
                                                 std::shared_ptr<node_status> status);

}  // namespace parley
