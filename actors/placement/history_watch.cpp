#include "actors/placement/history_watch.hpp"

#include <caf/all.hpp>
#include <chrono>
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/log_reader/ask_log.hpp"

namespace parley {

namespace {
constexpr std::chrono::milliseconds look_interval{300};
}  // namespace

history_watch_state::behavior_type history_watch_state::make_behavior(std::shared_ptr<const directory> where,
                                                                      std::shared_ptr<node_status> status) {
  where_ = std::move(where);
  status_ = std::move(status);
  self()->delayed_send(history_watch_actor{self()}, look_interval, history_look{});
  return {
      [this](const history_look&) { look(); },
      [this](const stop_actor&) { self()->quit(); },
  };
}

void history_watch_state::look() {
  self()->delayed_send(history_watch_actor{self()}, look_interval, history_look{});
  if (std::exchange(asking_, true)) return;
  ask_log<std::string>(self(), *where_, where_->node, read_epoch{},
                       [this](const outcome<std::string>& epoch) {
                         asking_ = false;
                         // Asked again soon.
                         if (epoch.has_value()) compare(epoch.value());
                       });
}

void history_watch_state::compare(const std::string& seen) {
  const auto known = status_->epoch();
  if (known.empty() || seen == known) return;
  if (std::exchange(told_, seen) != seen) {
    log(severity::warning, "history_replaced",
        "the database was restored: the node starts from its log again, and clients begin anew");
    for (const auto& writer : where_->writers) caf::anon_send(writer, history_replaced{});
    return;
  }
  // No writer has said so since the last look: this node has no shard, or cannot take one now.
  if (status_->set_epoch(seen)) caf::anon_send(where_->relay, history_replaced{});
}

history_watch_actor::behavior_type history_watch(history_watch_state::self_pointer self,
                                                 std::shared_ptr<const directory> where,
                                                 std::shared_ptr<node_status> status) {
  return self->state.make_behavior(std::move(where), std::move(status));
}

}  // namespace parley
