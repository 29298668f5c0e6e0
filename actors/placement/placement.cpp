#include "actors/placement/placement.hpp"

#include <caf/all.hpp>
#include <string>
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/contract/values/node_counters.hpp"

namespace parley {

placement_state::behavior_type placement_state::make_behavior(std::shared_ptr<const directory> where,
                                                              std::shared_ptr<node_status> status) {
  where_ = std::move(where);
  status_ = std::move(status);
  return {
      [this](const shards_acquired& news) { acquired(news); },
      [this](const shards_lost& news) { lost(news); },
      [this](const shards_refused& news) { refused(news); },
      [this](const stop_actor&) { self()->quit(); },
  };
}

void placement_state::acquired(const shards_acquired& news) {
  for (const auto& shard : news.shards) {
    held_.insert(shard);
    caf::anon_send(where_->shards[static_cast<std::size_t>(shard.value)], shard_taken{news.incarnation});
  }
  counters.shards_held.store(held_.size());
  refused_because_.clear();
  log(severity::info, "shards_taken", "shards were taken, with their locks",
      {{"shards", std::to_string(news.shards.size())}, {"held", std::to_string(held_.size())}});
  // Clients hold what the database has no longer: all of them begin again.
  if (status_->set_epoch(news.epoch)) caf::anon_send(where_->relay, history_replaced{});
  if (served_before_)
    caf::anon_send(where_->relay,
                   owners_changed{std::make_shared<const std::vector<shard_index>>(news.shards)});
  if (held_.size() == static_cast<std::size_t>(shard_count)) {
    served_before_ = true;
    status_->set_ready();
  }
}

void placement_state::lost(const shards_lost& news) {
  for (const auto& shard : news.shards) {
    held_.erase(shard);
    caf::anon_send(where_->shards[static_cast<std::size_t>(shard.value)], shard_gone{});
  }
  counters.shards_held.store(held_.size());
  status_->set_not_ready("a connection to the database was lost; its shards are being taken again");
}

void placement_state::refused(const shards_refused& news) {
  // It is tried again and again; one line says so until the reason is another.
  if (std::exchange(refused_because_, news.why.message) != news.why.message)
    log(severity::warning, "shards_refused", news.why.message, {{"held", std::to_string(held_.size())}});
  if (!served_before_ && news.why.code == errc::conflict) return status_->set_fatal(news.why.message);
  status_->set_not_ready(news.why.message);
}

placement_actor::behavior_type placement(placement_state::self_pointer self,
                                         std::shared_ptr<const directory> where,
                                         std::shared_ptr<node_status> status) {
  return self->state.make_behavior(std::move(where), std::move(status));
}

}  // namespace parley
