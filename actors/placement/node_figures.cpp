#include "actors/placement/node_figures.hpp"

#include <numeric>

#include "actors/contract/values/link_states.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "actors/inspection/metered.hpp"

namespace parley {

node_figures figures_of_node::now() {
  buckets commits{};
  for (std::size_t i = 0; i < bucket_count; ++i) commits[i] = counters.commit_seconds.count(i);
  const auto oldest = commits_.empty() ? buckets{} : commits_.front();
  auto lately = commits;
  for (std::size_t i = 0; i < bucket_count; ++i) lately[i] -= oldest[i];
  commits_.push_back(commits);
  if (commits_.size() > times_max) commits_.pop_front();

  const auto& live = meter_of("conversation");
  node_figures figures;
  figures.sessions = counters.websocket_sessions.value() + counters.polling_sessions.value();
  figures.conversations = static_cast<std::int64_t>(live.spawned.value() - live.stopped.value());
  figures.messages = static_cast<std::int64_t>(counters.entries_committed.value());
  figures.commit_p99_us = p99_us(lately);
  for (const auto& link : links_of_this_node.all()) figures.lags.push_back({link->peer, link->lag().count()});
  return figures;
}

std::int64_t figures_of_node::p99_us(const buckets& lately) const {
  const auto all = std::accumulate(lately.begin(), lately.end(), std::uint64_t{0});
  if (all == 0) return 0;
  const auto bounds = counters.commit_seconds.bounds();
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    seen += lately[i];
    if (seen * 100 >= all * 99) return static_cast<std::int64_t>(bounds[i] * 1e6);
  }
  return static_cast<std::int64_t>(bounds.back() * 1e6);
}

}  // namespace parley
