#include <algorithm>
#include <caf/all.hpp>
#include <map>
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/placement/placement.hpp"

// What to take and to give.
namespace parley {

namespace {
/// How long a free shard is left to whoever should own it.
constexpr std::chrono::milliseconds left_to_its_owner{1'000};
/// How often a peer is asked again for what it has not given yet.
constexpr std::chrono::milliseconds asked_again_after{500};
}  // namespace

std::vector<candidate> placement_state::candidates() const {
  auto all = picture_.serving_peers();
  all.push_back({where().node, hash_of_name(setup_.self.name)});
  return all;
}

void placement_state::claim() {
  const bool serves = setup_.self.state == node_state::serving || setup_.self.state == node_state::starting;
  if (!joined_ || !reaches_database_ || !serves) return;
  const auto all = candidates();
  const auto at = now();
  std::map<std::size_t, take_shards> wanted;
  std::map<incarnation_id, std::vector<shard_index>> asked;
  for (std::int32_t i = 0; i < shard_count; ++i) {
    auto& mine = of({i});
    const auto holder = is_alone() ? incarnation_id{} : picture_.holder_of({i});
    if (holder) mine.last_holder = holder;
    if (mine.now != standing::none) continue;
    const bool is_rightful = rightful_owner({i}, all) == where().node;
    const bool is_free = !holder || !picture_.lives(holder);
    if (!is_free) {
      mine.free_since.reset();
      if (!is_rightful || !picture_.is_reached(holder) || at < mine.ask_again_at) continue;
      mine.ask_again_at = at + asked_again_after;
      asked[holder].push_back({i});
      continue;
    }
    if (!mine.free_since) mine.free_since = at;
    if (!is_rightful && at < *mine.free_since + left_to_its_owner) continue;
    const auto writer = static_cast<std::size_t>(i) % where().writers.size();
    if (at < mine.take_again_at || !ready_writers_.contains(writer)) continue;
    mine.now = standing::asked;
    wanted[writer].shards.push_back({i});
  }
  for (auto& [writer, shards] : wanted) caf::anon_send(where().writers[writer], std::move(shards));
  for (auto& [holder, shards] : asked)
    if (const auto link = where().ways.link_to(holder))
      caf::anon_send(link,
                     send_to_peer{message_to_placement{shards_wanted{where().node, std::move(shards)}}});
}

void placement_state::give(const shards_wanted& wanted) {
  auto all = candidates();
  const auto* asker = picture_.record_of(wanted.by);
  if (asker == nullptr || !picture_.lives(wanted.by)) return;
  const candidate other{wanted.by, hash_of_name(asker->name)};
  if (std::ranges::find(all, other) == all.end()) all.push_back(other);
  const bool leaves = setup_.self.state == node_state::draining || setup_.self.state == node_state::secluded;
  std::map<std::size_t, give_shards> given;
  for (const auto& shard : wanted.shards) {
    auto& mine = of(shard);
    if (mine.now != standing::held || (!leaves && rightful_owner(shard, all) != wanted.by)) continue;
    mine.now = standing::giving;
    let_go(shard);
    given[static_cast<std::size_t>(shard.value) % where().writers.size()].shards.push_back(shard);
  }
  for (auto& [writer, shards] : given) {
    log(severity::info, "shards_given", "shards are handed over to their rightful owner",
        {{"shards", std::to_string(shards.shards.size())}, {"to", asker->name}});
    caf::anon_send(where().writers[writer], std::move(shards));
  }
  count_held();
}

void placement_state::give_up_all() {
  std::map<std::size_t, give_shards> given;
  for (std::int32_t i = 0; i < shard_count; ++i) {
    if (of({i}).now != standing::held) continue;
    of({i}).now = standing::giving;
    let_go({i});
    given[static_cast<std::size_t>(i) % where().writers.size()].shards.push_back({i});
  }
  for (auto& [writer, shards] : given) caf::anon_send(where().writers[writer], std::move(shards));
  count_held();
}

void placement_state::begin_to_drain() {
  if (setup_.self.state == node_state::draining) return;
  setup_.self.state = node_state::draining;
  update_readiness();
  announce();
  beat();
  consider_drained();
}

void placement_state::consider_drained() {
  if (setup_.self.state != node_state::draining) return;
  const bool somebody_takes_them =
      std::ranges::any_of(picture_.serving_peers(),
                          [this](const candidate& each) { return picture_.is_reached(each.incarnation); });
  const bool holds_nothing = std::ranges::all_of(shards_, [](const own_shard& each) {
    return each.now == standing::none || each.now == standing::asked;
  });
  // With nobody to take them they are kept to the end: what sessions have asked is still answered.
  if (holds_nothing || !somebody_takes_them) setup_.status->set_drained();
}

}  // namespace parley
