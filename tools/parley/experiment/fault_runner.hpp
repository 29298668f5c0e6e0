#pragma once

#include <future>
#include <optional>
#include <string>
#include <vector>

#include "tools/parley/experiment/cluster.hpp"
#include "tools/parley/experiment/csv.hpp"
#include "tools/parley/experiment/history.hpp"

namespace parley::experiment {

/// Has the faults of an experiment happen in time, and notes when they did and when they were over: a killed
/// or drained node has ended, a frozen one goes on, a started one serves. Waits for nothing.
class fault_runner {
public:
  /// `groups`: the ids of the groups, to find their owners.
  fault_runner(cluster& where, const settings& from, const std::vector<std::string>& groups);

  /// Does what is due, and learns what has happened. Lines for whoever watches.
  std::vector<std::string> go_on(microseconds now, const std::vector<cluster_event>& news);
  /// When something is due next.
  [[nodiscard]] microseconds next() const;
  /// Nobody stands still any more.
  void end();
  /// faults.csv.
  client::outcome<void> write(const std::filesystem::path& file) const;

private:
  struct running {
    fault what;
    microseconds began = never;
    microseconds over = never;
    std::vector<std::size_t> nodes;  // whom it met
    std::string note;
    bool starts_afterwards = false;  // of restart: has not been started again yet
    std::future<std::string> owner;
  };

  std::string begin(running& one, microseconds now);
  std::optional<std::vector<std::size_t>> nodes_of(running& one);
  [[nodiscard]] std::future<std::string> ask_owner(std::size_t group) const;

  cluster& where_;
  const std::vector<std::string>& groups_;
  std::vector<running> all_;
};

}  // namespace parley::experiment
