#include "tools/parley/topology/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

namespace parley::topology {

namespace {

constexpr std::size_t shards = 1024;

/// Who sends to whom, each pair once, whatever the type.
struct neighbours {
  std::unordered_set<std::string_view> in;
  std::unordered_set<std::string_view> out;
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;
};

using neighbourhood = std::unordered_map<std::string_view, neighbours>;

template <class Link>
neighbourhood neighbours_of(const std::vector<Link>& links) {
  neighbourhood all;
  for (const auto& each : links) {
    auto& from = all[each.from];
    from.out.insert(each.to);
    from.messages_out += each.count;
    auto& to = all[each.to];
    to.in.insert(each.from);
    to.messages_in += each.count;
  }
  return all;
}

void add(degrees& to, const neighbours& one) {
  ++to.vertices;
  to.in_mean += static_cast<double>(one.in.size());
  to.out_mean += static_cast<double>(one.out.size());
  to.in_max = std::max<std::uint64_t>(to.in_max, one.in.size());
  to.out_max = std::max<std::uint64_t>(to.out_max, one.out.size());
  to.messages_in += one.messages_in;
  to.messages_out += one.messages_out;
}

/// From sums to means.
void finish(std::map<std::string, degrees>& all) {
  for (auto& [kind, each] : all) {
    each.in_mean /= static_cast<double>(each.vertices);
    each.out_mean /= static_cast<double>(each.vertices);
  }
}

void rank(std::vector<ranked>& into, ranked what) {
  if (what.amount != 0) into.push_back(std::move(what));
}

void keep_heaviest(std::vector<ranked>& all) {
  std::ranges::sort(all, [](const ranked& a, const ranked& b) {
    return a.amount != b.amount ? a.amount > b.amount : a.who < b.who;
  });
  if (all.size() > ranked_max) all.resize(ranked_max);
}

void count_degrees(const snapshot& from, statistics& into) {
  const auto messages = neighbours_of(from.edges);
  const neighbours nobody;
  std::unordered_set<std::string_view> listed;
  std::unordered_map<std::string_view, std::string_view> kinds;
  for (const auto& each : from.actors) {
    listed.insert(each.id);
    const auto found = messages.find(each.id);
    add(into.message_degrees[each.kind], found == messages.end() ? nobody : found->second);
    kinds[each.id] = each.kind;
  }
  for (const auto& [id, each] : messages) {
    if (!listed.contains(id)) add(into.message_degrees["(not listed)"], each);
    const auto kind = kinds.find(id);
    rank(into.senders,
         {std::string{id}, kind == kinds.end() ? "" : std::string{kind->second}, each.messages_out});
  }
  const auto flows = neighbours_of(from.flows);
  std::unordered_set<std::string_view> entities;
  for (const auto& each : from.actors)
    if (!each.entity.empty()) entities.insert(each.entity);
  for (const auto& each : from.flows) {
    entities.insert(each.from);
    entities.insert(each.to);
  }
  for (const auto& entity : entities) {
    const auto found = flows.find(entity);
    add(into.flow_degrees[std::string{kind_of(entity)}], found == flows.end() ? nobody : found->second);
    if (found != flows.end())
      rank(into.talkers, {std::string{entity}, std::string{kind_of(entity)}, found->second.messages_out});
  }
  finish(into.message_degrees);
  finish(into.flow_degrees);
}

void count_cut(const snapshot& from, statistics& into) {
  for (const auto& each : from.edges) {
    into.edge_messages += each.count;
    if (node_of(each.from) != node_of(each.to)) into.cut_messages += each.count;
  }
  if (into.edge_messages != 0)
    into.cut_ratio = static_cast<double>(into.cut_messages) / static_cast<double>(into.edge_messages);
}

void count_imbalance(const snapshot& from, statistics& into) {
  std::map<std::string, std::pair<double, double>> nodes;
  for (const auto& each : from.nodes)
    if (!each.missing) nodes[each.name].first = static_cast<double>(each.actors);
  for (const auto& each : from.kinds)
    if (const auto found = nodes.find(each.node); found != nodes.end())
      found->second.second += static_cast<double>(each.handled);
  std::vector<double> actors;
  std::vector<double> handled;
  for (const auto& [name, counts] : nodes) {
    actors.push_back(counts.first);
    handled.push_back(counts.second);
  }
  into.node_actors = imbalance_of(std::move(actors));
  into.node_handled = imbalance_of(std::move(handled));
  std::vector<double> shard_actors(shards);
  std::vector<double> shard_handled(shards);
  for (const auto& each : from.actors) {
    if (!each.shard || *each.shard >= shards) continue;
    ++shard_actors[*each.shard];
    shard_handled[*each.shard] += static_cast<double>(each.handled);
  }
  into.shard_actors = imbalance_of(std::move(shard_actors));
  into.shard_handled = imbalance_of(std::move(shard_handled));
}

/// Breadth first from some sessions, along the edges in the direction of their messages.
void count_hops(const snapshot& from, statistics& into) {
  std::unordered_map<std::string_view, std::size_t> places;
  std::vector<std::vector<std::size_t>> next;
  const auto place = [&](std::string_view id) {
    const auto [found, is_new] = places.try_emplace(id, next.size());
    if (is_new) next.emplace_back();
    return found->second;
  };
  for (const auto& each : from.edges) {
    const auto to = place(each.to);
    next[place(each.from)].push_back(to);
  }
  std::vector<std::size_t> sessions;
  for (const auto& each : from.actors)
    if (each.kind == "session")
      if (const auto found = places.find(each.id); found != places.end()) sessions.push_back(found->second);
  into.sessions = sessions.size();
  const std::unordered_set<std::size_t> targets(sessions.begin(), sessions.end());
  const auto step = std::max<std::size_t>(1, (sessions.size() + hop_sources_max - 1) / hop_sources_max);
  for (std::size_t i = 0; i < sessions.size(); i += step) {
    ++into.hop_sources;
    std::vector<std::uint64_t> distance(next.size(), 0);  // 1 more than it is; 0: not reached
    std::deque<std::size_t> waiting{sessions[i]};
    distance[sessions[i]] = 1;
    while (!waiting.empty()) {
      const auto here = waiting.front();
      waiting.pop_front();
      for (const auto there : next[here]) {
        if (distance[there] != 0) continue;
        distance[there] = distance[here] + 1;
        waiting.push_back(there);
      }
    }
    for (const auto target : targets)
      if (target != sessions[i] && distance[target] != 0) ++into.hops[distance[target] - 1];
  }
}

}  // namespace

imbalance imbalance_of(std::vector<double> amounts) {
  imbalance out;
  out.places = amounts.size();
  if (amounts.empty()) return out;
  std::ranges::sort(amounts);
  const auto count = static_cast<double>(amounts.size());
  const auto sum = std::accumulate(amounts.begin(), amounts.end(), 0.0);
  out.mean = sum / count;
  out.max = amounts.back();
  if (sum <= 0) return out;
  double squares = 0;
  double weighted = 0;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    squares += (amounts[i] - out.mean) * (amounts[i] - out.mean);
    weighted += static_cast<double>(i + 1) * amounts[i];
  }
  out.max_over_mean = out.max / out.mean;
  out.variation = std::sqrt(squares / count) / out.mean;
  out.gini = std::max(0.0, 2 * weighted / (count * sum) - (count + 1) / count);
  return out;
}

statistics statistics_of(const snapshot& from) {
  statistics out;
  out.taken_at = from.taken_at;
  out.skew_ms = from.skew_ms;
  out.actors = from.actors.size();
  out.edges = from.edges.size();
  out.flows = from.flows.size();
  count_degrees(from, out);
  count_cut(from, out);
  count_imbalance(from, out);
  for (const auto& each : from.actors) {
    rank(out.mailboxes, {each.id, each.kind, each.mailbox});
    rank(out.highest_mailboxes, {each.id, each.kind, each.mailbox_highest});
  }
  for (auto* each : {&out.senders, &out.talkers, &out.mailboxes, &out.highest_mailboxes})
    keep_heaviest(*each);
  count_hops(from, out);
  return out;
}

}  // namespace parley::topology
