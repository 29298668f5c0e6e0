#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/contract/interfaces/directory.hpp"
#include "actors/contract/interfaces/local_only.hpp"
#include "actors/contract/interfaces/placement_actor.hpp"
#include "actors/contract/values/ports/cluster_registry.hpp"
#include "actors/inspection/metered.hpp"
#include "actors/placement/cluster_picture.hpp"
#include "actors/placement/node_figures.hpp"
#include "actors/placement/node_status.hpp"

namespace parley {

struct placement_setup {
  std::shared_ptr<const directory> where;
  std::shared_ptr<node_status> status;
  std::shared_ptr<cluster_registry> registry;
  std::shared_ptr<peer_network> network;  // none: a node alone
  node_record self;                       // name, incarnation, address, version
};

/// Decides which shards this node holds: those that are rightfully its own by
/// rendezvous hashing, and those that nobody takes. There is no leader:
/// everybody decides for themselves, and PostgreSQL's locks settle it. Calls to
/// the database block, so it has a thread of its own. Its files: placement.cpp
/// (the writers and what they hold), placement_claims.cpp (what to take and to
/// give), placement_peers.cpp (who lives).
class placement_state : public metered_state<placement_actor, placement_state> {
public:
  static inline const char* name = "placement";

  explicit placement_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior(placement_setup setup);

private:
  using time_point = caf::actor_clock::time_point;
  /// How this node stands to a shard.
  enum class standing : std::uint8_t {
    none,
    asked,     // its writer tries the lock
    scanning,  // the lock is held; what was written lately is not known yet
    held,
    giving,  // its writer gives the lock back
  };
  struct own_shard {
    standing now = standing::none;
    time_point take_again_at{};            // not asked of a writer before
    time_point ask_again_at{};             // not asked of a peer before
    std::optional<time_point> free_since;  // of one that is somebody else's by right
    incarnation_id last_holder;
  };
  struct scan {
    std::vector<shard_index> shards;
    std::uint64_t incarnation = 0;
  };

  // The writers and what they hold.
  void writer_is_ready(const writer_ready& news);
  void acquired(const shards_acquired& news);
  void scan_acquired();
  void begin_to_hold(const scan& of, const std::vector<recent_write>& heads);
  void refused(const shards_refused& news);
  void released(const shards_released& news);
  void lost(const shards_lost& news);
  void let_go(shard_index shard);
  [[nodiscard]] bool is_anothers(shard_index shard);
  void count_held();
  void update_readiness();
  /// For people; its number when it is not known any more.
  [[nodiscard]] std::string name_of(incarnation_id node) const;
  [[nodiscard]] std::string why_not_ready() const;
  void know_epoch(const std::string& epoch);

  // What to take and to give.
  void claim();
  void take(shard_index shard, time_point now);
  void give(const shards_wanted& wanted);
  void give_up_all();
  void consider_drained();
  [[nodiscard]] std::vector<candidate> candidates() const;

  // Who lives.
  void beat();
  void database_is_away(const failure& why);
  void look();
  void look_soon(std::chrono::milliseconds in);
  void consider();
  void bury_the_dead();
  void introduce_peers();
  void consider_giving_way();
  void peer_was_lost(incarnation_id peer);
  void hear(const node_announced& news);
  void announce();
  void announce_to(incarnation_id peer);
  [[nodiscard]] node_announced own_announcement() const;
  void tell_owners_changed(std::vector<shard_index> shards);
  void begin_to_drain();

  [[nodiscard]] own_shard& of(shard_index shard) { return shards_[static_cast<std::size_t>(shard.value)]; }
  [[nodiscard]] const directory& where() const { return *setup_.where; }
  [[nodiscard]] time_point now() { return self()->clock().now(); }
  [[nodiscard]] bool is_alone() const { return setup_.network == nullptr; }

  placement_setup setup_;
  cluster_picture picture_{{}};
  links_actor links_;
  figures_of_node figures_;
  bool joined_ = false;
  bool reaches_database_ = false;
  int failed_beats_ = 0;
  time_point away_since_{};  // the first of them
  bool sent_away_ = false;
  std::array<own_shard, shard_count> shards_;
  std::set<std::size_t> ready_writers_;
  std::vector<scan> scans_;
  std::set<incarnation_id> living_;     // peers, as of the last time somebody looked
  std::set<incarnation_id> not_ended_;  // dead ones whose connections may still be there
  std::vector<peer_address> introduced_;
  std::optional<node_announced> last_announced_;
  std::size_t looks_left_ = 0;  // in quick succession, after a peer was lost
  bool look_is_due_ = false;
  bool served_before_ = false;
  std::chrono::milliseconds retry_in_{0};
  std::string refused_because_;  // the last refusal, until shards are taken
};

placement_actor::behavior_type placement(placement_state::self_pointer self, placement_setup setup);

}  // namespace parley
