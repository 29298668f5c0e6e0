#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "actors/contract/interfaces/cluster_messages.hpp"
#include "actors/contract/values/cluster.hpp"
#include "actors/contract/values/rendezvous.hpp"
#include "actors/placement/beat_judge.hpp"

namespace parley {

/// What a node knows of the cluster: who lives, who owns what, who is reached. Put together from the database
/// (beats and locks), from the links (reached or not) and from what peers announce; decides nothing.
class cluster_picture {
public:
  explicit cluster_picture(incarnation_id self) : self_(self) {}

  /// The database, after an own successful beat, or at a look in between.
  void beat(const cluster_view& seen);
  void look(const cluster_view& seen);
  void reached(incarnation_id peer);
  void lost(incarnation_id peer);
  void announced(const node_announced& news);
  /// The peer's stream began anew: it announces itself again.
  [[nodiscard]] bool has_announced(incarnation_id peer) const { return announced_.contains(peer); }
  void forget_announcement(incarnation_id peer) { announced_.erase(peer); }

  [[nodiscard]] const cluster_view& view() const { return view_; }
  [[nodiscard]] const node_record* record_of(incarnation_id node) const;
  /// Whether this life of another node goes on.
  [[nodiscard]] bool lives(incarnation_id peer) const;
  [[nodiscard]] bool is_reached(incarnation_id peer) const { return reached_.contains(peer); }
  [[nodiscard]] std::size_t reached_count() const { return reached_.size(); }
  /// Peers that live and can be linked to.
  [[nodiscard]] std::vector<peer_address> living_peers() const;
  /// Who may be given shards: living peers that serve or start. This node is not among them.
  [[nodiscard]] std::vector<candidate> serving_peers() const;
  /// Whoever holds the shard, as far as is known: what a reached peer announces about itself counts more
  /// than the last look at the locks. Nothing: it is free.
  [[nodiscard]] incarnation_id holder_of(shard_index shard) const;
  /// The living peer that said last of itself that it holds the shard; nothing: none did.
  [[nodiscard]] incarnation_id announcer_of(shard_index shard) const;
  /// Of a node's own shards: ready for requests.
  [[nodiscard]] const node_announced* announcement_of(incarnation_id peer) const;
  /// Somebody's last word was that it serves and reaches the database, whether it is reached now or not:
  /// peers end the links to a node that they have to bury.
  [[nodiscard]] bool others_reach_database() const;
  /// A living peer, which serves too, that was not reached for five own beats; the one that this node
  /// should give way to, if there is one: it has more links, or as many and is older.
  [[nodiscard]] bool must_give_way(const node_record& self) const;
  /// Whether every living peer that serves is reached.
  [[nodiscard]] bool reaches_all() const;

private:
  struct loss {
    std::optional<std::int64_t> beat;  // the peer's, at the first look after its link was lost
  };
  [[nodiscard]] bool holds_locks(incarnation_id node) const;
  void count_unreached();

  incarnation_id self_;
  cluster_view view_;
  beat_judge judge_;
  std::set<incarnation_id> reached_;
  std::map<incarnation_id, loss> lost_;          // links that stood once and do not now
  std::map<incarnation_id, int> unreached_for_;  // own beats
  std::map<incarnation_id, node_announced> announced_;
};

}  // namespace parley
