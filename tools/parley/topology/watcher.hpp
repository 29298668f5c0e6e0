#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "tools/parley/topology/asked_cluster.hpp"
#include "tools/parley/topology/watch_lines.hpp"

namespace parley::topology {

/// Where a watcher's lines go.
class line_sink {
public:
  line_sink() = default;
  line_sink(const line_sink&) = delete;
  line_sink& operator=(const line_sink&) = delete;
  virtual ~line_sink() = default;

  virtual client::outcome<void> take(watch_lines::lines lines) = 0;
  /// Whether a snapshot should come now, though it is not its time.
  [[nodiscard]] virtual bool wants_snapshot() const { return false; }
  /// Whether somebody wants it to end.
  [[nodiscard]] virtual bool wants_end() const { return false; }
};

struct watch_settings {
  selection wanted;
  bool names = false;
  bool count_edges = false;  // have all nodes count edges as long as it runs
  std::size_t edges = 2'000;
  std::chrono::milliseconds snapshot_every{0};  // 0: only the first
  std::chrono::milliseconds ends_after{0};      // 0: never by itself
  std::chrono::milliseconds gives_up_after{60'000};
};

/// Asks a cluster what changes, twice a second, until it is told to end. Nodes that go and come back are
/// lines, and so is it when no node answers; after `gives_up_after` of that it is a problem.
class watcher {
public:
  watcher(asked_cluster cluster, watch_settings settings, line_sink& to)
      : cluster_(std::move(cluster)), settings_(std::move(settings)), to_(to), lines_(settings_.wanted) {}

  client::outcome<void> run();

private:
  using clock = std::chrono::steady_clock;

  client::outcome<void> begin();
  client::outcome<void> turn(clock::time_point now);
  client::outcome<void> ask_changes();
  client::outcome<void> ask_look(clock::time_point now);
  client::outcome<void> ask_snapshot(clock::time_point now);
  client::outcome<void> nobody_answers(const client::problem& why, clock::time_point now);
  client::outcome<void> somebody_answers();
  [[nodiscard]] snapshot_query query(bool with_actors) const;

  asked_cluster cluster_;
  watch_settings settings_;
  line_sink& to_;
  watch_lines lines_;
  clock::time_point next_look_;
  clock::time_point next_snapshot_;
  clock::time_point next_raise_;
  std::optional<clock::time_point> silent_since_;
};

}  // namespace parley::topology
