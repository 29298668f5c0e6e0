#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tools/parley/commands/operator_calls.hpp"
#include "tools/parley/topology/changes.hpp"
#include "tools/parley/topology/model.hpp"
#include "tools/parley/topology/selection.hpp"

namespace parley::topology {

/// What is asked of a node for a snapshot.
struct snapshot_query {
  selection wanted;
  bool names = false;
  bool actors = true;
  std::size_t edges = 20'000;  // the heaviest; the most that a node gives
  std::chrono::milliseconds timeout{30'000};

  /// The path with its query.
  [[nodiscard]] std::string path() const;
};

/// A cluster, asked through any of its nodes: another one when the one that was named is gone.
class asked_cluster {
public:
  static client::outcome<asked_cluster> with(const commands::operator_options& options);

  client::outcome<snapshot> take(const snapshot_query& query);
  /// Has all nodes count edges for this long.
  client::outcome<void> count_edges(std::chrono::seconds how_long);
  /// What happened at each of these nodes after a number; all are asked at once, each at most two seconds. A
  /// node whose address is not known is a problem of its own, like one that does not answer.
  std::vector<std::pair<std::string, client::outcome<node_changes>>> changes(
      const std::map<std::string, std::uint64_t>& after, bool with_names);
  /// Learns where the other nodes are, so that they can be asked when this one is gone.
  void learn_addresses();
  /// Asks the node, or another one of the cluster when that is gone. Any status is an answer.
  client::outcome<client::http_answer> ask(std::string_view method, const std::string& path,
                                           const std::optional<json::value>& body,
                                           const client::call_limits& limits);
  /// Where the node is that is asked first.
  [[nodiscard]] std::string url() const { return calls_.node().url(); }

private:
  explicit asked_cluster(commands::operator_calls calls) : calls_(std::move(calls)) {}

  commands::operator_calls calls_;
  std::string asked_;  // the name of the node behind `calls_`, once it has said so
  std::map<std::string, std::string> addresses_;
};

}  // namespace parley::topology
