#include "actors/placement/cluster_picture.hpp"

#include <algorithm>
#include <tuple>

namespace parley {

namespace {

bool serves(const node_record& node) {
  return node.state == node_state::serving || node.state == node_state::starting;
}

}  // namespace

void cluster_picture::beat(const cluster_view& seen) {
  judge_.beat(seen);
  look(seen);
  count_unreached();
}

void cluster_picture::look(const cluster_view& seen) {
  view_ = seen;
  std::erase_if(announced_, [this](const auto& each) { return record_of(each.first) == nullptr; });
  // One that counts on lives, whatever its link says: it has to be reached anew before its silence means
  // anything.
  for (auto each = lost_.begin(); each != lost_.end();) {
    const auto* record = record_of(each->first);
    // It may have beaten once more since the last look before.
    if (record != nullptr && !each->second.beat) each->second.beat = record->beat;
    const bool lives_on = record == nullptr || record->beat != *each->second.beat;
    each = lives_on ? lost_.erase(each) : std::next(each);
  }
}

void cluster_picture::reached(incarnation_id peer) {
  reached_.insert(peer);
  lost_.erase(peer);
  unreached_for_.erase(peer);
}

void cluster_picture::lost(incarnation_id peer) {
  if (reached_.erase(peer) > 0) lost_[peer] = {};
}

void cluster_picture::announced(const node_announced& news) { announced_[news.node] = news; }

const node_record* cluster_picture::record_of(incarnation_id node) const {
  const auto found = std::ranges::find(view_.nodes, node, &node_record::incarnation);
  return found == view_.nodes.end() ? nullptr : &*found;
}

bool cluster_picture::holds_locks(incarnation_id node) const {
  return std::ranges::find(view_.owners, node) != view_.owners.end();
}

bool cluster_picture::lives(incarnation_id peer) const {
  if (record_of(peer) == nullptr) return false;
  // Its link broke and its locks are gone: it is dead now, without waiting for beats.
  if (lost_.contains(peer) && !holds_locks(peer)) return false;
  return !judge_.is_dead(peer);
}

std::vector<peer_address> cluster_picture::living_peers() const {
  std::vector<peer_address> peers;
  for (const auto& node : view_.nodes)
    if (node.incarnation != self_ && !node.address.empty() && lives(node.incarnation))
      peers.push_back({node.incarnation, node.name, node.address});
  return peers;
}

std::vector<candidate> cluster_picture::serving_peers() const {
  std::vector<candidate> peers;
  for (const auto& node : view_.nodes) {
    if (node.incarnation == self_ || !lives(node.incarnation)) continue;
    const auto* told = announcement_of(node.incarnation);
    const bool is_candidate =
        told != nullptr ? told->reaches_database &&
                              (told->state == node_state::serving || told->state == node_state::starting)
                        : serves(node);
    if (is_candidate) peers.push_back({node.incarnation, hash_of_name(node.name)});
  }
  return peers;
}

const node_announced* cluster_picture::announcement_of(incarnation_id peer) const {
  if (!reached_.contains(peer)) return nullptr;
  const auto found = announced_.find(peer);
  return found == announced_.end() ? nullptr : &found->second;
}

incarnation_id cluster_picture::holder_of(shard_index shard) const {
  for (const auto& [peer, news] : announced_)
    if (reached_.contains(peer) && std::ranges::binary_search(news.shards, shard)) return peer;
  const auto place = static_cast<std::size_t>(shard.value);
  const auto by_lock = place < view_.owners.size() ? view_.owners[place] : incarnation_id{};
  // A reached peer that does not announce it has given it away, or does not have it yet: trying tells.
  if (by_lock == self_ || announcement_of(by_lock) != nullptr) return {};
  return by_lock;
}

incarnation_id cluster_picture::announcer_of(shard_index shard) const {
  for (const auto& [peer, news] : announced_)
    if (lives(peer) && std::ranges::binary_search(news.shards, shard)) return peer;
  return {};
}

bool cluster_picture::others_reach_database() const {
  return std::ranges::any_of(announced_, [](const auto& each) {
    return each.second.reaches_database && each.second.state == node_state::serving;
  });
}

void cluster_picture::count_unreached() {
  std::map<incarnation_id, int> counts;
  for (const auto& [node, name, address] : living_peers()) {
    if (reached_.contains(node)) continue;
    // One that stopped beating is not cut off from here, but dying.
    counts[node] = unreached_for_[node] + (judge_.beats_without(node) == 0 ? 1 : 0);
  }
  unreached_for_ = std::move(counts);
}

bool cluster_picture::must_give_way(const node_record& self) const {
  return std::ranges::any_of(unreached_for_, [&](const auto& each) {
    const auto* other = record_of(each.first);
    if (each.second < beat_judge::beats_until_dead || other == nullptr) return false;
    if (other->state != node_state::serving) return false;
    const auto rank = [](std::size_t links, timestamp_ms started, incarnation_id node) {
      return std::tuple{-static_cast<std::int64_t>(links), started, node};
    };
    return rank(other->links.size(), other->started_at, other->incarnation) <
           rank(reached_.size(), self.started_at, self.incarnation);
  });
}

bool cluster_picture::reaches_all() const {
  return std::ranges::all_of(living_peers(), [this](const peer_address& peer) {
    const auto* record = record_of(peer.incarnation);
    return reached_.contains(peer.incarnation) || record == nullptr || record->state != node_state::serving;
  });
}

}  // namespace parley
