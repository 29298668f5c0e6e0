#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tools/parley/topology/changes.hpp"
#include "tools/parley/topology/model.hpp"
#include "tools/parley/topology/selection.hpp"

namespace parley::topology {

/// Makes the lines of `parley topology watch` of what nodes answer. Asks nobody itself, and has no clock: the
/// moments come from the answers.
class watch_lines {
public:
  using lines = std::vector<json::object>;

  explicit watch_lines(selection wanted) : wanted_(std::move(wanted)) {}

  /// A snapshot of everything: the first line, and one whenever it is taken again.
  lines take_snapshot(const snapshot& whole);
  /// What nodes said of their actors, in the order of its moments.
  lines take_changes(const std::vector<node_changes>& answers);
  /// A snapshot without actors: which nodes there are, rates since the last one, edges that are new.
  lines take_look(const snapshot& look);
  /// Whether a node's own changes can be asked for; said once each time it changes, silence at the second
  /// time: a node that dies is soon gone, and one that came says a moment later where it listens.
  lines node_answers(const std::string& node, const std::string& at);
  lines node_is_silent(const std::string& node, const std::string& at, const std::string& why);
  /// A line of another kind, with its number.
  json::object line(std::string_view what, std::string_view at);

  /// After which number a node's changes are wanted next, by node.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& cursors() const { return cursors_; }
  /// Whether a node forgot changes before they were asked for: what is known of its actors is wrong.
  [[nodiscard]] bool needs_snapshot() const { return needs_snapshot_; }

  /// How long after its end an entity's actor elsewhere counts as the same that moved.
  static constexpr std::int64_t moved_within_ms = 30'000;
  static constexpr std::size_t rated_edges_max = 10;
  static constexpr std::size_t remembered_edges_max = 100'000;

private:
  /// The last actor of a role, by kind and entity.
  struct last_actor {
    std::string id;
    std::int64_t stopped_at = 0;  // 0: as far as is known it lives
  };
  struct moving_sums {
    std::map<std::pair<std::string, std::string>, std::pair<std::uint64_t, std::uint64_t>> kinds;
    std::map<std::string, std::int64_t> cut_at;
    std::map<std::string, std::string> lives;
    std::map<std::string, std::uint64_t> edges;
    std::map<std::string, std::uint64_t> flows;
  };

  void learn_nodes(const snapshot& from, lines& into, bool is_first);
  void forget_actors_of(const std::string& node, const std::string& at);
  void actor_started(const change& what, const std::string& node, lines& into);
  void actor_stopped(const change& what, const std::string& node, lines& into);
  json::object actor_line(const change& what, const std::string& node);
  template <class Link>
  void find_new(const std::vector<Link>& links, std::string_view graph, const snapshot& look, lines& into);
  json::object rates(const snapshot& look, const moving_sums& now);
  [[nodiscard]] bool wants_link(const edge& what) const;
  [[nodiscard]] bool wants_link(const flow& what) const;

  selection wanted_;
  std::uint64_t n_ = 0;
  std::map<std::string, std::string> lives_;  // of nodes that are there: their incarnations
  std::map<std::string, std::string> gone_;   // nodes that went: the life they were in
  std::set<std::string> partly_known_;        // nodes that did not show all of their actors
  std::map<std::string, std::uint64_t> cursors_;
  std::map<std::string, unsigned> silent_;              // how many times in a row
  std::unordered_map<std::string, std::string> roles_;  // of living actors, by id
  std::unordered_map<std::string, last_actor> last_of_role_;
  std::unordered_set<std::string> edges_seen_;
  moving_sums before_;
  bool has_looked_ = false;
  bool needs_snapshot_ = false;
};

/// The line for a person at a terminal, from the one for programs; without its end.
std::string readable(const json::object& line);

/// The lines for a person, of those that came together: of many of a kind in a row only the first few, and
/// how many more there were. A node that starts has a thousand actors.
std::vector<std::string> readable(const watch_lines::lines& lines);

}  // namespace parley::topology
