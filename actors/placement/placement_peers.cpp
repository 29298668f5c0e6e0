#include <algorithm>
#include <caf/all.hpp>
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/placement/placement.hpp"

// Who lives, and who does not.
namespace parley {

namespace {
/// A killed node's locks are free a few milliseconds after its connections
/// broke.
constexpr std::array<std::chrono::milliseconds, 7> quick_looks{
    {std::chrono::milliseconds{400}, std::chrono::milliseconds{200}, std::chrono::milliseconds{100},
     std::chrono::milliseconds{50}, std::chrono::milliseconds{20}, std::chrono::milliseconds{10},
     std::chrono::milliseconds{5}}};
/// How long the database may be away before clients are sent to nodes that reach it. As long as five beats
/// take; but a beat that fails can take longer.
constexpr std::chrono::seconds sent_away_after{5};
/// Over how long clients that are sent away come back elsewhere.
constexpr std::chrono::milliseconds away_within{5'000};
}  // namespace

void placement_state::beat() {
  setup_.self.links.clear();
  for (const auto& peer : picture_.living_peers())
    if (picture_.is_reached(peer.incarnation)) setup_.self.links.push_back(peer.incarnation);
  setup_.self.figures = figures_.now();
  const auto seen = joined_ ? setup_.registry->beat(setup_.self) : setup_.registry->join(setup_.self);
  if (seen.has_error()) {
    if (seen.error().code == errc::conflict) return setup_.status->set_fatal(seen.error().message);
    return database_is_away(seen.error());
  }
  joined_ = true;
  if (!std::exchange(reaches_database_, true)) announce();
  failed_beats_ = 0;
  sent_away_ = false;
  picture_.beat(seen.value());
  if (const auto* own = picture_.record_of(where().node)) {
    setup_.self.started_at = own->started_at;
    if (own->drain_wanted) setup_.status->ask_to_drain();
  }
  consider();
}

void placement_state::database_is_away(const failure& why) {
  if (++failed_beats_ == 1) away_since_ = now();
  if (std::exchange(reaches_database_, false) || failed_beats_ == 1)
    log(severity::warning, "beat_failed", "the database cannot be reached by the registry",
        {{"why", why.message}});
  refused_because_ = why.message;
  announce();
  update_readiness();
  // Where others reach it, clients are better served there.
  if (now() - away_since_ < sent_away_after || !picture_.others_reach_database()) return;
  if (std::exchange(sent_away_, true)) return;
  log(severity::warning, "cut_off_from_database",
      "the node does not reach the database, but its peers do: clients are "
      "sent there");
  caf::anon_send(where().relay, send_sessions_away{away_within});
}

void placement_state::look_soon(std::chrono::milliseconds in) {
  if (std::exchange(look_is_due_, true)) return;
  self()->delayed_send(placement_actor{self()}, in, look_due{});
}

void placement_state::look() {
  if (!joined_) return;
  const auto seen = setup_.registry->look();
  if (seen.has_value()) {
    picture_.look(seen.value());
    scan_acquired();
    consider();
  }
  if (looks_left_ > 0) look_soon(quick_looks[--looks_left_]);
}

void placement_state::consider() {
  bury_the_dead();
  introduce_peers();
  consider_giving_way();
  claim();
  announce();
  update_readiness();
  consider_drained();
}

void placement_state::bury_the_dead() {
  std::set<incarnation_id> living;
  for (const auto& node : picture_.view().nodes)
    if (node.incarnation != where().node && picture_.lives(node.incarnation)) living.insert(node.incarnation);
  std::vector<shard_index> anothers;
  for (const auto gone : living_) {
    if (living.contains(gone)) continue;
    log(severity::warning, "node_gone", "a node's life is over; its shards are taken by others",
        {{"node", name_of(gone)}, {"incarnation", to_text(gone)}});
    for (std::int32_t i = 0; i < shard_count; ++i) {
      if (where().ways.owner_of({i}) == gone && is_anothers({i})) anothers.push_back({i});
      caf::anon_send(where().shards[static_cast<std::size_t>(i)], node_forgotten{gone});
    }
  }
  if (!anothers.empty()) tell_owners_changed(std::move(anothers));
  living_ = std::move(living);
  // A frozen node's connections hold its locks until they are ended.
  bool ended = false;
  for (const auto& node : picture_.view().nodes) {
    const bool is_dead = node.incarnation != where().node && !living_.contains(node.incarnation);
    const auto& owners = picture_.view().owners;
    if (!is_dead || std::ranges::find(owners, node.incarnation) == owners.end()) continue;
    ended |= setup_.registry->end_writers(node.incarnation).has_value();
  }
  if (!ended) return;
  if (const auto seen = setup_.registry->look(); seen.has_value()) picture_.look(seen.value());
}

void placement_state::introduce_peers() {
  if (is_alone() || !links_) return;
  auto peers = picture_.living_peers();
  if (peers == introduced_) return;
  introduced_ = peers;
  caf::anon_send(links_, peers_known{std::move(peers)});
}

void placement_state::consider_giving_way() {
  if (is_alone()) return;
  auto& state = setup_.self.state;
  if (state == node_state::serving && picture_.must_give_way(setup_.self)) {
    state = node_state::secluded;
    log(severity::error, "secluded",
        "peers that reach the database are not reached: this node gives way "
        "until it reaches them");
    update_readiness();
    give_up_all();
    caf::anon_send(where().relay, send_sessions_away{away_within});
  } else if (state == node_state::secluded && picture_.reaches_all()) {
    state = node_state::starting;
    log(severity::info, "back_again", "the node reaches its peers again");
  }
}

void placement_state::peer_was_lost(incarnation_id peer) {
  picture_.lost(peer);
  log(severity::warning, "peer_lost", "the link to a peer is down", {{"peer", name_of(peer)}});
  looks_left_ = quick_looks.size();
  look();
}

void placement_state::hear(const node_announced& news) {
  // The first that comes over a stream: from here on nothing is lost without another beginning.
  if (!picture_.has_announced(news.node)) caf::anon_send(where().relay, memberships_missed{});
  picture_.announced(news);
  std::vector<shard_index> changed;
  for (std::int32_t i = 0; i < shard_count; ++i) {
    const bool is_theirs = std::ranges::binary_search(news.shards, shard_index{i});
    const auto before = where().ways.owner_of({i});
    if (is_theirs && before != news.node && of({i}).now != standing::held) {
      where().ways.set_owner({i}, news.node);
      changed.push_back({i});
    } else if (!is_theirs && before == news.node && is_anothers({i})) {
      changed.push_back({i});
    }
  }
  if (!changed.empty()) tell_owners_changed(std::move(changed));
  consider();
}

std::string placement_state::name_of(incarnation_id node) const {
  const auto* record = picture_.record_of(node);
  return record == nullptr ? to_text(node) : record->name;
}

bool placement_state::is_anothers(shard_index shard) {
  // Two peers are heard in any order: who took it may have said so before this one said that it has it no
  // longer, and then says nothing more.
  const auto owner = picture_.announcer_of(shard);
  where().ways.set_owner(shard, owner);
  return bool(owner);
}

void placement_state::tell_owners_changed(std::vector<shard_index> shards) {
  std::ranges::sort(shards);
  caf::anon_send(where().relay,
                 owners_changed{std::make_shared<const std::vector<shard_index>>(std::move(shards))});
}

node_announced placement_state::own_announcement() const {
  node_announced news{where().node, setup_.self.state, reaches_database_, {}};
  for (std::int32_t i = 0; i < shard_count; ++i)
    if (shards_[static_cast<std::size_t>(i)].now == standing::held) news.shards.push_back({i});
  return news;
}

void placement_state::announce() {
  if (is_alone()) return;
  auto news = own_announcement();
  if (last_announced_ && *last_announced_ == news) return;
  last_announced_ = std::move(news);
  for (const auto& peer : introduced_) announce_to(peer.incarnation);
}

void placement_state::announce_to(incarnation_id peer) {
  if (const auto link = where().ways.link_to(peer))
    caf::anon_send(link, send_to_peer{message_to_placement{own_announcement()}});
}

}  // namespace parley
