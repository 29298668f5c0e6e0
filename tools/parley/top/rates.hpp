#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tools/parley/top/snapshot.hpp"

namespace parley::top {

/// Of two snapshots, what a second brought. Nothing until there are two of the same life of a node.
using per_second = std::optional<double>;

struct node_now {
  std::string name;
  std::string level;
  std::string gone;  // why it is not there; empty: it is
  std::uint64_t actors = 0;
  std::uint64_t mailbox = 0;
  per_second started;
  per_second handled;
  std::optional<std::int64_t> skew_ms;  // after the first node's cut
  std::vector<double> trend;            // messages a second, the newest last
};

struct kind_now {
  std::string kind;
  std::uint64_t alive = 0;
  std::uint64_t mailbox = 0;
  per_second started;
  per_second handled;
  std::map<std::string, per_second> handled_by_node;
  std::vector<double> trend;
};

struct actor_now {
  actor what;
  per_second handled;
  std::optional<double> busy;     // the part of a thread that its handlers took; an estimate from a sample
  std::vector<per_second> types;  // in the order of `what.types`
};

struct edge_now {
  edge what;
  per_second count;
};

/// Makes rates of snapshots that follow each other. A rate is by the clock of the node that counted, so that
/// neither the way of the answer nor the skew between nodes is in it. No clock of its own.
class rates {
public:
  /// A snapshot of all nodes and kinds; its actors are not looked at.
  void learn(const snapshot& whole);
  /// A snapshot of some actors and edges; those that the last one had too get rates.
  void learn_actors(snapshot some);
  /// What comes next is of other actors.
  void forget_actors();

  [[nodiscard]] bool is_empty() const { return whole_.taken_at.empty(); }
  [[nodiscard]] const snapshot& whole() const { return whole_; }
  /// In the order of their names; one that went away stays, with why.
  [[nodiscard]] const std::vector<node_now>& nodes() const { return nodes_; }
  /// In the order of their names, summed over these nodes; all when there are none.
  [[nodiscard]] std::vector<kind_now> kinds(const std::vector<std::string>& on_nodes) const;
  [[nodiscard]] const std::vector<actor_now>& actors() const { return actors_; }
  [[nodiscard]] const std::vector<edge_now>& edges() const { return edges_; }
  /// The cluster as a whole.
  [[nodiscard]] per_second handled() const;

  /// How many rates a trend remembers.
  static constexpr std::size_t trend_max = 60;
  /// How many nodes that went away are remembered; a cluster that is renamed daily must not fill the memory.
  static constexpr std::size_t gone_max = 64;

private:
  struct pair_rates {
    per_second started;
    per_second handled;
  };
  struct counted_actor {
    std::uint64_t handled = 0;
    double handling_us = 0;
    std::vector<std::pair<std::string, std::uint64_t>> types;
  };
  using pair_key = std::pair<std::string, std::string>;                      // node, kind
  using cuts = std::map<std::string, std::pair<std::string, std::int64_t>>;  // node → its life, its cut

  [[nodiscard]] static cuts cuts_of(const snapshot& of);
  /// Seconds between two cuts of one life of the node.
  [[nodiscard]] static std::optional<double> between(const cuts& before, const cuts& now,
                                                     const std::string& node);
  void rate_kinds(const snapshot& whole, const cuts& now);
  void list_nodes();
  void rate_actor(const actor& of, actor_now& into, const cuts& now) const;
  void remember(const std::string& key, double rate);
  [[nodiscard]] std::vector<double> trend_of(const std::string& key) const;

  snapshot whole_;
  cuts whole_cuts_;
  std::map<pair_key, kind_count> counted_;
  std::map<pair_key, pair_rates> rated_;
  std::map<std::string, std::deque<double>> trends_;  // by node, and by `node/kind`
  std::map<std::string, std::string> gone_;           // nodes that are not in the snapshot any more
  std::vector<node_now> nodes_;

  cuts actor_cuts_;
  std::unordered_map<std::string, counted_actor> counted_actors_;
  std::unordered_map<std::string, std::uint64_t> counted_edges_;
  std::vector<actor_now> actors_;
  std::vector<edge_now> edges_;
};

}  // namespace parley::top
