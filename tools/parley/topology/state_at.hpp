#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "tools/parley/topology/model.hpp"

namespace parley::topology {

/// A snapshot that is kept up with the lines that follow it: what was there at a moment of a recording.
/// Actors, nodes and edges that appeared are as they were; counts are those of the last snapshot.
class state_at {
public:
  /// Takes a line of `watch`; a problem when it holds a snapshot that is none.
  client::outcome<void> take(const json::object& line);
  /// Nothing before the first snapshot.
  [[nodiscard]] bool is_empty() const { return !has_snapshot_; }
  /// What there is at this moment.
  [[nodiscard]] snapshot at(std::int64_t moment) const;
  /// The moment of the last line that was taken, as it is written there.
  [[nodiscard]] const std::string& last_at() const { return last_at_; }

private:
  void start(const json::object& line, const std::string& at);
  void stop(const json::object& line);
  void node_gone(const json::object& line, const std::string& at);
  void node_came(const json::object& line, const std::string& at);
  kind_count& count_of(const std::string& node, const std::string& kind);

  snapshot all_;  // without its actors
  std::unordered_map<std::string, actor> actors_;
  std::unordered_map<std::string, std::size_t> order_;
  std::size_t next_ = 0;
  bool has_snapshot_ = false;
  std::string last_at_;
};

}  // namespace parley::topology
