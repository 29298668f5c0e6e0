#include "tests/simulation/database_way.hpp"

namespace parley::simulation {

bool log_over_a_way::stands() {
  connected_ = connected_ && way_->is_open();
  return connected_;
}

outcome<void> log_over_a_way::open() {
  connected_ = false;
  if (const auto why = way_->obstacle()) return *why;
  auto opened = inner_->open();
  connected_ = opened.has_value();
  return opened;
}

outcome<locks_taken> log_over_a_way::take(std::span<const shard_index> shards) {
  if (!stands()) return failure{errc::unavailable, "the connection broke when locks were to be taken", {}};
  return inner_->take(shards);
}

outcome<void> log_over_a_way::give_back(std::span<const shard_index> shards) {
  if (!stands()) return failure{errc::unavailable, "the connection broke when locks were to be given", {}};
  return inner_->give_back(shards);
}

log_outcome<std::vector<append_result>> log_over_a_way::append(std::span<const append_item> batch) {
  if (!stands()) return log_failure::disconnected;
  return inner_->append(batch);
}

log_outcome<std::vector<read_result_item>> log_over_a_way::mark_read(std::span<const read_item> batch) {
  if (!stands()) return log_failure::disconnected;
  return inner_->mark_read(batch);
}

bool log_over_a_way::alive() {
  // Looking at an idle connection does not show that nothing gets through.
  return way_->is_open() ? connected_ && inner_->alive() : connected_;
}

void log_over_a_way::release() {
  connected_ = false;
  // Else the backend is not told, and stays until somebody ends it.
  if (way_->is_open()) inner_->release();
}

outcome<cluster_view> registry_over_a_way::join(const node_record& self) {
  if (const auto why = way_->obstacle()) return *why;
  return inner_->join(self);
}

outcome<cluster_view> registry_over_a_way::beat(const node_record& self) {
  if (const auto why = way_->obstacle()) return *why;
  return inner_->beat(self);
}

outcome<cluster_view> registry_over_a_way::look() {
  if (const auto why = way_->obstacle()) return *why;
  return inner_->look();
}

outcome<void> registry_over_a_way::end_writers(incarnation_id dead) {
  if (const auto why = way_->obstacle()) return *why;
  return inner_->end_writers(dead);
}

outcome<std::vector<recent_write>> registry_over_a_way::written_since(std::span<const shard_index> shards,
                                                                      timestamp_ms since) {
  if (const auto why = way_->obstacle()) return *why;
  return inner_->written_since(shards, since);
}

outcome<void> registry_over_a_way::note_taken(std::span<const shard_index> shards, incarnation_id owner) {
  if (const auto why = way_->obstacle()) return *why;
  return inner_->note_taken(shards, owner);
}

outcome<void> registry_over_a_way::forget(incarnation_id gone) {
  if (const auto why = way_->obstacle()) return *why;
  return inner_->forget(gone);
}

void registry_over_a_way::leave() {
  if (way_->is_open()) inner_->leave();
}

}  // namespace parley::simulation
