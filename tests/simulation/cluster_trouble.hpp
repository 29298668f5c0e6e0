#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "tests/simulation/dice.hpp"
#include "tests/simulation/simulated_cluster.hpp"

namespace parley::simulation {

/// What goes wrong with whole nodes, with what is between them, and with their database, as chance wants it.
class cluster_trouble {
public:
  /// `crowd`: all clients lose their connections at once.
  cluster_trouble(dice chance, simulated_cluster& cluster, std::function<void()> crowd);

  /// Something, if it is time for it; nodes that are down come back.
  void act();
  /// No more of it: everything is mended. Some nodes stay down, and one may go for good just now.
  void cease();
  /// After that: whoever is to be there, is.
  void tend();

private:
  using milliseconds = std::chrono::milliseconds;
  enum class kind : std::uint8_t {
    kill,
    lose_power,
    freeze,
    drain,
    cut_link,
    cut_one_way,
    isolate,
    break_connection,
    stall_database,
    stall_database_for_all,
    restart_database,
    cut_from_database,
    crowd,
    last = crowd,
  };
  void do_something(kind what);
  void isolate(std::size_t place, milliseconds time);
  [[nodiscard]] std::size_t any() { return chance_.below(cluster_.size()); }
  [[nodiscard]] milliseconds up_to(int ms_max) { return milliseconds{chance_.between(100, ms_max)}; }
  void start_those_down();

  dice chance_;
  simulated_cluster& cluster_;
  std::function<void()> crowd_;
  std::vector<kind> kinds_;  // of this seed, so that some are seen alone
  int pause_ms_max_ = 0;
  std::int64_t next_ms_ = 0;
  std::vector<std::int64_t> starts_ms_;  // by place; 0: not decided
  std::vector<bool> stays_;              // whether it is there in the end
};

}  // namespace parley::simulation
