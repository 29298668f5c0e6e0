#include "actors/inspection/level.hpp"

#include <algorithm>

#include "actors/inspection/live_actors.hpp"
#include "actors/inspection/message_graph.hpp"

namespace parley {

void watch_level(inspection_level level) {
  auto before = watched_now.load();
  while (!watched_now.compare_exchange_weak(
      before, static_cast<std::uint8_t>((before & watched_traces) | static_cast<std::uint8_t>(level)))) {
  }
}

void watch_traces(bool on) {
  if (on)
    watched_now.fetch_or(watched_traces);
  else
    watched_now.fetch_and(static_cast<std::uint8_t>(~watched_traces));
}

level_keeper::level_keeper(inspection_level configured) : configured_(configured) { apply(wall_clock_ms()); }

level_keeper::~level_keeper() {
  watch_level(inspection_level::kinds);
  end_graphs();
}

level_lease level_keeper::raise(inspection_level level, timestamp_ms until, timestamp_ms now) {
  const std::scoped_lock lock{mutex_};
  switch (level) {
    case inspection_level::kinds:
      counts_until_ = edges_until_ = 0;
      break;
    case inspection_level::counts:
      counts_until_ = std::max(counts_until_, until);
      break;
    case inspection_level::edges:
      edges_until_ = std::max(edges_until_, until);
      break;
  }
  return apply(now);
}

std::optional<timestamp_ms> level_keeper::look(timestamp_ms now) {
  const std::scoped_lock lock{mutex_};
  return apply(now).until;
}

level_lease level_keeper::apply(timestamp_ms now) {
  level_lease on{configured_, {}};
  if (counts_until_ > now && configured_ < inspection_level::counts)
    on = {inspection_level::counts, counts_until_};
  if (edges_until_ > now && configured_ < inspection_level::edges)
    on = {inspection_level::edges, edges_until_};
  const auto before = inspection_level_now();
  if (on.level == before) return on;
  if (on.level == inspection_level::edges) begin_graphs(now);
  watch_level(on.level);
  if (before == inspection_level::edges) end_graphs();
  return on;
}

}  // namespace parley
