#include "tests/simulation/cluster_trouble.hpp"

#include <algorithm>
#include <utility>

namespace parley::simulation {

using condition = simulated_cluster::condition;

cluster_trouble::cluster_trouble(dice chance, simulated_cluster& cluster, std::function<void()> crowd)
    : chance_(chance),
      cluster_(cluster),
      crowd_(std::move(crowd)),
      starts_ms_(cluster.size()),
      stays_(cluster.size(), true) {
  for (auto each = 0; each <= static_cast<int>(kind::last); ++each)
    if (chance_.chance(0.4)) kinds_.push_back(static_cast<kind>(each));
  pause_ms_max_ = chance_.between(1'000, 9'000);
  next_ms_ = cluster_.now_ms() + chance_.between(500, 4'000);
  auto& weather = cluster_.network().weather;
  weather.delay_ms_max = chance_.chance(0.3) ? 40 : 3;
  weather.spike = chance_.chance(0.3) ? 0.01 : 0;
  weather.breaks = chance_.chance(0.3) ? 0.002 : 0;
  weather.doubles = chance_.chance(0.2) ? 0.01 : 0;
  weather.dial_fails = chance_.chance(0.2) ? 0.3 : 0;
  weather.ends_silently = chance_.chance(0.3) ? 0.5 : 0;
}

void cluster_trouble::act() {
  start_those_down();
  if (kinds_.empty() || cluster_.now_ms() < next_ms_) return;
  next_ms_ = cluster_.now_ms() + chance_.between(100, pause_ms_max_);
  do_something(chance_.pick(kinds_));
}

void cluster_trouble::do_something(kind what) {
  const auto place = any();
  const auto other = any();
  switch (what) {
    case kind::kill:
      return cluster_.kill(place, simulated_cluster::end_of_life::process);
    case kind::lose_power:
      return cluster_.kill(place, simulated_cluster::end_of_life::machine);
    case kind::freeze:
      return cluster_.freeze(place, up_to(15'000));
    case kind::drain:
      return cluster_.drain(place);
    case kind::cut_link: {
      if (place == other) return;
      const auto time = up_to(12'000);
      cluster_.cut(place, other, time);
      return cluster_.cut(other, place, time);
    }
    case kind::cut_one_way:
      if (place != other) cluster_.cut(place, other, up_to(12'000));
      return;
    case kind::isolate:
      return isolate(place, up_to(20'000));
    case kind::break_connection:
      static_cast<void>(cluster_.network().break_one());
      return;
    case kind::stall_database:
      return cluster_.stall_database({place}, up_to(12'000));
    case kind::stall_database_for_all: {
      std::vector<std::size_t> all(cluster_.size());
      for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
      return cluster_.stall_database(all, up_to(12'000));
    }
    case kind::restart_database:
      return cluster_.restart_database(up_to(4'000));
    case kind::cut_from_database:
      return cluster_.cut_from_database(place, up_to(15'000));
    case kind::crowd:
      return crowd_();
  }
}

void cluster_trouble::isolate(std::size_t place, milliseconds time) {
  for (std::size_t other = 0; other < cluster_.size(); ++other) {
    if (other == place) continue;
    cluster_.cut(place, other, time);
    cluster_.cut(other, place, time);
  }
}

void cluster_trouble::start_those_down() {
  for (std::size_t i = 0; i < cluster_.size(); ++i) {
    if (cluster_.condition_of(i) != condition::down || !stays_[i]) continue;
    if (starts_ms_[i] == 0) {
      starts_ms_[i] = cluster_.now_ms() + chance_.between(100, 6'000);
    } else if (cluster_.now_ms() >= starts_ms_[i]) {
      starts_ms_[i] = 0;
      cluster_.start(i);
    }
  }
}

void cluster_trouble::cease() {
  const double delay = cluster_.network().weather.delay_ms_max;
  cluster_.network().weather = {};
  cluster_.network().weather.delay_ms_max = static_cast<int>(delay);
  for (std::size_t i = 0; i < cluster_.size(); ++i) cluster_.wake(i);
  cluster_.network().mend_all();
  cluster_.mend_database();
  cluster_.end_stalls();
  // One stays in any case.
  const auto least = any();
  for (std::size_t i = 0; i < cluster_.size(); ++i) {
    if (i == least) continue;
    const bool is_down = cluster_.condition_of(i) == condition::down;
    stays_[i] = chance_.chance(is_down ? 0.5 : 0.8);
    if (!stays_[i] && !is_down) cluster_.kill(i, simulated_cluster::end_of_life::process);
  }
}

void cluster_trouble::tend() { start_those_down(); }

}  // namespace parley::simulation
