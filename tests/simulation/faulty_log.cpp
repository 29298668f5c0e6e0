#include "tests/simulation/faulty_log.hpp"

#include <utility>

namespace parley::simulation {

void faulty_entry_log::settle_late_commit() {
  if (late_.empty()) return;
  trouble_->note("what was lost on the way is committed after all");
  static_cast<void>(inner_->append(std::exchange(late_, {})));
}

void faulty_entry_log::lose_connection() {
  connected_ = false;
  if (trouble_->chance.chance(0.5))
    refused_until_ms_ = trouble_->now_ms() + trouble_->chance.between(0, 6'000);
}

outcome<void> faulty_entry_log::open() {
  connected_ = false;
  if (trouble_->on && trouble_->now_ms() < refused_until_ms_)
    return failure{errc::unavailable, "opening the connection was made to fail", {}};
  // The end of the previous backend is waited for: from here on nothing of it comes to pass.
  settle_late_commit();
  auto opened = inner_->open();
  connected_ = opened.has_value();
  return opened;
}

outcome<locks_taken> faulty_entry_log::take(std::span<const shard_index> shards) {
  const failure gone{errc::unavailable, "taking the locks was made to fail", {}};
  if (!connected_) return gone;
  if (!trouble_->on || !trouble_->chance.chance(trouble_->append_fails)) return inner_->take(shards);
  const auto some = shards.first(trouble_->chance.below(shards.size() + 1));
  auto taken = inner_->take(some);
  if (trouble_->chance.chance(0.5)) {
    trouble_->note("the connection breaks when locks are taken");
    lose_connection();
    return gone;
  }
  trouble_->note("some locks were held by somebody who has just gone");
  if (taken.has_value() && some.size() < shards.size()) taken.value().why_not_all = gone;
  return taken;
}

outcome<void> faulty_entry_log::give_back(std::span<const shard_index> shards) {
  const failure gone{errc::unavailable, "giving the locks back was made to fail", {}};
  if (!connected_) return gone;
  if (!trouble_->on || !trouble_->chance.chance(trouble_->append_fails)) return inner_->give_back(shards);
  trouble_->note("the connection breaks when locks are given back");
  if (trouble_->chance.chance(0.5)) static_cast<void>(inner_->give_back(shards));
  lose_connection();
  return gone;
}

log_outcome<std::vector<append_result>> faulty_entry_log::append(std::span<const append_item> batch) {
  if (!connected_) return log_failure::disconnected;
  if (trouble_->on && trouble_->chance.chance(trouble_->append_fails)) return fail(batch);
  return inner_->append(batch);
}

log_outcome<std::vector<read_result_item>> faulty_entry_log::mark_read(std::span<const read_item> batch) {
  if (!connected_) return log_failure::disconnected;
  if (!trouble_->on || !trouble_->chance.chance(trouble_->append_fails)) return inner_->mark_read(batch);
  const bool stored = trouble_->chance.chance(0.5);
  trouble_->note(stored ? "the connection breaks after read marks"
                        : "the connection breaks before read marks");
  if (stored) static_cast<void>(inner_->mark_read(batch));
  lose_connection();
  return log_failure::disconnected;
}

log_outcome<std::vector<append_result>> faulty_entry_log::fail(std::span<const append_item> batch) {
  switch (trouble_->chance.below(6)) {
    case 0:
      trouble_->note("a batch is contradicted");
      return log_failure::contradicted;
    case 1:
      trouble_->note("a batch is fenced");
      lose_connection();
      return log_failure::fenced;
    case 2:
      trouble_->note("the connection breaks before a commit");
      break;
    case 3:
      trouble_->note("the connection breaks, a commit is still on its way");
      late_.assign(batch.begin(), batch.end());
      break;
    case 4:
      trouble_->note("the connection breaks in the middle of a batch");
      static_cast<void>(inner_->append(batch.first(trouble_->chance.below(batch.size() + 1))));
      break;
    default:
      trouble_->note("the connection breaks after a commit");
      static_cast<void>(inner_->append(batch));
      break;
  }
  lose_connection();
  return log_failure::disconnected;
}

bool faulty_entry_log::alive() {
  if (trouble_->on && trouble_->chance.chance(0.3)) settle_late_commit();
  if (connected_ && trouble_->on && trouble_->chance.chance(trouble_->connection_dies)) {
    trouble_->note("an idle connection breaks");
    lose_connection();
  }
  return connected_ && inner_->alive();
}

void faulty_entry_log::release() {
  connected_ = false;
  inner_->release();
}

}  // namespace parley::simulation
