#include "actors/placement/placement.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <map>
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/contract/values/node_counters.hpp"

// The writers of this node, and what they hold.
namespace parley {

namespace {
constexpr std::chrono::milliseconds beat_interval{1'000};
constexpr std::chrono::milliseconds retry_min{50};
constexpr std::chrono::milliseconds retry_max{1'000};
/// What an owner committed so long before its last beat may not have been told
/// by it.
constexpr timestamp_ms untold_for_ms = 60'000;
}  // namespace

placement_state::behavior_type placement_state::make_behavior(placement_setup setup) {
  setup_ = std::move(setup);
  picture_ = cluster_picture{setup_.self.incarnation};
  caf::anon_send(placement_actor{self()}, beat_due{});
  return {
      [this](const writer_ready& news) { writer_is_ready(news); },
      [this](const writer_waiting& news) {
        ready_writers_.erase(news.writer);
        refused_because_ = news.why.message;
        update_readiness();
      },
      [this](const shards_acquired& news) { acquired(news); },
      [this](const shards_refused& news) { refused(news); },
      [this](const shards_released& news) { released(news); },
      [this](const shards_lost& news) { lost(news); },
      [this](const beat_due&) {
        self()->delayed_send(placement_actor{self()}, beat_interval, beat_due{});
        beat();
      },
      [this](const look_due&) {
        look_is_due_ = false;
        look();
      },
      [this](const peer_reached& news) {
        picture_.reached(news.peer);
        log(severity::info, "peer_reached", "a peer is reached", {{"peer", name_of(news.peer)}});
        consider();
      },
      [this](const peer_lost& news) { peer_was_lost(news.peer); },
      [this](const peer_begins& news) {
        picture_.forget_announcement(news.peer);
        announce_to(news.peer);
      },
      [this](const node_announced& news) { hear(news); },
      [this](const shards_wanted& wanted) { give(wanted); },
      [this](const meet_peers& news) { links_ = news.links; },
      [this](const node_listens& news) { setup_.self.url = news.url; },
      [this](const drain_node&) { begin_to_drain(); },
      [this](const stop_actor&) {
        if (joined_) setup_.registry->leave();
        self()->quit();
      },
  };
}

void placement_state::writer_is_ready(const writer_ready& news) {
  ready_writers_.insert(news.writer);
  know_epoch(news.epoch);
  claim();
}

void placement_state::know_epoch(const std::string& epoch) {
  // Clients hold what the database has no longer: all of them begin again.
  if (setup_.status->set_epoch(epoch)) caf::anon_send(where().relay, history_replaced{});
}

void placement_state::acquired(const shards_acquired& news) {
  for (const auto& shard : news.shards) of(shard).now = standing::scanning;
  know_epoch(news.epoch);
  refused_because_.clear();
  retry_in_ = {};
  scans_.push_back({news.shards, news.incarnation});
  scan_acquired();
}

void placement_state::scan_acquired() {
  for (auto next = scans_.begin(); next != scans_.end();) {
    // Whatever the owner before committed and could not tell lies not long
    // before its last beat.
    auto since = picture_.view().now;
    for (const auto& shard : next->shards)
      if (const auto* before = picture_.record_of(of(shard).last_holder))
        since = std::min(since, before->beat_at);
    const auto heads = setup_.registry->written_since(next->shards, since - untold_for_ms);
    if (heads.has_error()) return look_soon(retry_min);
    const auto done = std::move(*next);
    next = scans_.erase(next);
    begin_to_hold(done, heads.value());
  }
  count_held();
  announce();
  update_readiness();
}

void placement_state::begin_to_hold(const scan& of_these, const std::vector<recent_write>& heads) {
  std::map<shard_index, shard_taken> taken;
  for (const auto& shard : of_these.shards) {
    taken[shard].incarnation = of_these.incarnation;
    of(shard).now = standing::held;
    of(shard).last_holder = where().node;
    where().ways.set_owner(shard, where().node);
  }
  for (const auto& write : heads)
    if (const auto found = taken.find(shard_of(write.conversation)); found != taken.end())
      found->second.heads.push_back(write);
  for (auto& [shard, news] : taken)
    caf::anon_send(where().shards[static_cast<std::size_t>(shard.value)], std::move(news));
  log(severity::info, "shards_taken", "shards were taken, with their locks",
      {{"shards", std::to_string(of_these.shards.size())}});
  // Operators read it; the locks decide, so that it may fail.
  static_cast<void>(setup_.registry->note_taken(of_these.shards, where().node));
  tell_owners_changed(of_these.shards);
}

void placement_state::refused(const shards_refused& news) {
  const auto because = news.why.message;
  if (is_alone() && std::exchange(refused_because_, because) != because)
    log(severity::warning, "shards_refused", because, {{"shards", std::to_string(news.shards.size())}});
  refused_because_ = because;
  if (is_alone() && !served_before_ && news.why.code == errc::conflict)
    return setup_.status->set_fatal(because);
  retry_in_ = std::clamp(retry_in_ * 2, retry_min, retry_max);
  for (const auto& shard : news.shards) {
    of(shard).now = standing::none;
    of(shard).take_again_at = now() + retry_in_;
  }
  look_soon(retry_in_);
  update_readiness();
}

void placement_state::released(const shards_released& news) {
  for (const auto& shard : news.shards) {
    of(shard).now = standing::none;
    // Whoever asked for it shall have it.
    of(shard).take_again_at = now() + retry_max;
  }
  announce();
  update_readiness();
  consider_drained();
}

void placement_state::lost(const shards_lost& news) {
  ready_writers_.erase(news.writer);
  std::vector<shard_index> anothers;
  for (const auto& shard : news.shards) {
    let_go(shard);
    of(shard).now = standing::none;
    if (!where().ways.owner_of(shard) && is_anothers(shard)) anothers.push_back(shard);
  }
  if (!anothers.empty()) tell_owners_changed(std::move(anothers));
  std::erase_if(scans_, [&](const scan& each) {
    return std::ranges::find(news.shards, each.shards.front()) != news.shards.end();
  });
  count_held();
  announce();
  update_readiness();
  consider_drained();
}

void placement_state::let_go(shard_index shard) {
  if (where().ways.owner_of(shard) == where().node) where().ways.set_owner(shard, {});
  caf::anon_send(where().shards[static_cast<std::size_t>(shard.value)], shard_gone{});
}

void placement_state::count_held() {
  const auto held = std::ranges::count(shards_, standing::held, &own_shard::now);
  counters.shards_held.store(static_cast<std::uint64_t>(held));
}

std::string placement_state::why_not_ready() const {
  switch (setup_.self.state) {
    case node_state::draining:
      return "the node drains: it gives its shards to others and ends";
    case node_state::secluded:
      return "the node does not reach its peers; it serves again when it does";
    case node_state::starting:
    case node_state::serving:
      break;
  }
  if (!reaches_database_) return "the database cannot be reached";
  const auto is_owned = [this](std::int32_t shard) { return bool(where().ways.owner_of({shard})); };
  std::int32_t unowned = 0;
  for (std::int32_t i = 0; i < shard_count; ++i) unowned += is_owned(i) ? 0 : 1;
  if (unowned == 0 || (!is_alone() && served_before_ && !ready_writers_.empty())) return {};
  if (!refused_because_.empty()) return refused_because_;
  if (served_before_)
    return "a connection to the database was lost; its shards are being taken "
           "again";
  std::string unreached;
  for (const auto& peer : picture_.living_peers())
    if (!picture_.is_reached(peer.incarnation))
      unreached += "; " + peer.name + " is not reached at " + peer.address;
  return "the node is starting: " + std::to_string(unowned) + " shards have no owner yet" + unreached;
}

void placement_state::update_readiness() {
  const auto because = why_not_ready();
  if (!because.empty()) return setup_.status->set_not_ready(because);
  served_before_ = true;
  if (setup_.self.state == node_state::starting) setup_.self.state = node_state::serving;
  setup_.status->set_ready();
  announce();
}

placement_actor::behavior_type placement(placement_state::self_pointer self, placement_setup setup) {
  return self->state.make_behavior(std::move(setup));
}

}  // namespace parley
