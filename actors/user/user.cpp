#include "actors/user/user.hpp"

#include <caf/all.hpp>
#include <utility>

namespace parley {

user_state::behavior_type user_state::make_behavior(user_id id, std::shared_ptr<const directory> where) {
  id_ = id;
  where_ = std::move(where);
  return {
      [this](const subscribe_node& request) {
        nodes_.insert(request.header.origin.node);
        caf::anon_send(where_->relay, topic_subscribed{{topic_of(id_), request.header.origin, {}}, 0});
      },
      [this](const unsubscribe_node& request) { nodes_.erase(request.header.origin.node); },
      [this](const membership_changed& news) {
        // One message per node where the user is, never one per session.
        for (const auto& node : nodes_)
          if (node == where_->node) caf::anon_send(where_->relay, news);
      },
      [this](const stop_actor&) { self()->quit(); },
  };
}

user_actor::behavior_type user(user_state::self_pointer self, user_id id,
                               std::shared_ptr<const directory> where) {
  return self->state.make_behavior(id, std::move(where));
}

}  // namespace parley
