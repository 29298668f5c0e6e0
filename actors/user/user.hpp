#pragma once

#include <memory>
#include <set>

#include "actors/contract/interfaces/directory.hpp"
#include "actors/contract/interfaces/local_only.hpp"
#include "actors/contract/interfaces/user_actor.hpp"
#include "actors/inspection/metered.hpp"

namespace parley {

/// Knows the nodes where a user is, and tells them of the user's memberships.
class user_state : public metered_state<user_actor, user_state> {
public:
  static inline const char* name = "user";

  explicit user_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior(user_id id, std::shared_ptr<const directory> where);

private:
  user_id id_;
  std::shared_ptr<const directory> where_;
  std::set<incarnation_id> nodes_;
};

user_actor::behavior_type user(user_state::self_pointer self, user_id id,
                               std::shared_ptr<const directory> where);

}  // namespace parley
