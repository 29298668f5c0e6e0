#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/parley/client/json.hpp"
#include "tools/parley/commands/operator_calls.hpp"

namespace parley::commands {

/// The nodes of a cluster as one of them shows them, at one moment.
struct cluster_nodes {
  client::json::array nodes;
  std::uint64_t free_shards = 0;
  std::chrono::steady_clock::time_point at;  // when the answer came

  /// The node of this life; nothing when it is not in the list, or shown as gone.
  [[nodiscard]] const client::json::object* living(const std::string& incarnation) const;
};

client::outcome<cluster_nodes> ask_for_nodes(const operator_calls& calls);

/// Messages that each node commits in a second: from what it had counted at two of its beats.
class message_rates {
public:
  void learn(const cluster_nodes& seen);
  /// Nothing until a second beat was seen.
  [[nodiscard]] std::optional<double> of(const std::string& incarnation) const;

private:
  struct count {
    std::uint64_t messages = 0;
    std::chrono::steady_clock::time_point beat;
    std::optional<double> per_second;
  };
  std::map<std::string, count> counts_;
};

/// The table for people, the header first.
std::vector<std::vector<std::string>> table_of(const cluster_nodes& seen, const message_rates& rates);
/// What somebody has to know who sees that table; nothing when all is well.
std::vector<std::string> remarks_about(const cluster_nodes& seen);

/// A time for people: `950 ms`, `12 s`, `3 min 12 s`, `5 h 20 min`, `3 d 4 h`.
std::string duration_text(std::uint64_t ms);

}  // namespace parley::commands
