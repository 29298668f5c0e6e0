#include "tools/parley/top/rates.hpp"

#include <algorithm>

namespace parley::top {

namespace {

/// One message in 64 is timed.
constexpr double timed_one_in = 64;

/// What was counted since then; nothing when the counter was set back.
per_second rate_of(std::uint64_t before, std::uint64_t now, double seconds) {
  if (now < before) return std::nullopt;
  return static_cast<double>(now - before) / seconds;
}

void add_rate(per_second& sum, const per_second& more) {
  if (more) sum = sum.value_or(0) + *more;
}

std::uint64_t waiting_in(const kind_count& of) {
  const auto done = of.handled + of.discarded;
  return of.enqueued > done ? of.enqueued - done : 0;
}

std::string edge_key(const edge& of) { return of.from + '\n' + of.to + '\n' + of.type; }

double handling_us(const actor& of) { return of.handling_us ? of.handling_us->sum.value_or(0) : 0; }

std::vector<double> sum_of(std::vector<double> left, const std::vector<double>& right) {
  // The newest are last: both end now.
  if (left.size() < right.size()) left.insert(left.begin(), right.size() - left.size(), 0.0);
  for (std::size_t i = 1; i <= right.size(); ++i) left[left.size() - i] += right[right.size() - i];
  return left;
}

}  // namespace

rates::cuts rates::cuts_of(const snapshot& of) {
  cuts found;
  for (const auto& node : of.nodes)
    if (!node.missing && node.cut_at)
      if (const auto at = moment_of(*node.cut_at)) found[node.name] = {node.incarnation, *at};
  return found;
}

std::optional<double> rates::between(const cuts& before, const cuts& now, const std::string& node) {
  const auto first = before.find(node);
  const auto second = now.find(node);
  if (first == before.end() || second == now.end()) return std::nullopt;
  if (first->second.first != second->second.first || second->second.second <= first->second.second)
    return std::nullopt;
  return static_cast<double>(second->second.second - first->second.second) / 1'000.0;
}

void rates::learn(const snapshot& whole) {
  const auto now = cuts_of(whole);
  for (const auto& node : whole_.nodes)
    if (std::ranges::find(whole.nodes, node.name, &node_part::name) == whole.nodes.end() &&
        gone_.size() < gone_max)
      gone_.emplace(node.name, "it is no longer in the cluster");
  for (const auto& node : whole.nodes) gone_.erase(node.name);
  rate_kinds(whole, now);
  whole_ = whole;
  whole_.actors.clear();
  whole_.edges.clear();
  whole_cuts_ = now;
  list_nodes();
}

void rates::rate_kinds(const snapshot& whole, const cuts& now) {
  std::map<pair_key, kind_count> counted;
  std::map<std::string, double> by_node;
  rated_.clear();
  for (const auto& each : whole.kinds) {
    const pair_key key{each.node, each.kind};
    const auto seconds = between(whole_cuts_, now, each.node);
    if (seconds) {
      const auto before = counted_.find(key);
      // A kind that was not there had counted nothing.
      const auto was = before == counted_.end() ? kind_count{} : before->second;
      const pair_rates rate{rate_of(was.started, each.started, *seconds),
                            rate_of(was.handled, each.handled, *seconds)};
      rated_[key] = rate;
      by_node[each.node] += rate.handled.value_or(0);
      remember(each.node + '/' + each.kind, rate.handled.value_or(0));
    }
    counted.emplace(key, each);
  }
  for (const auto& [node, rate] : by_node) remember(node, rate);
  counted_ = std::move(counted);
  // What is not counted any more has no trend.
  std::erase_if(trends_, [&](const auto& each) {
    const auto slash = each.first.rfind('/');
    const auto node = each.first.substr(0, slash);
    return !now.contains(node) ||
           (slash != std::string::npos && !counted_.contains({node, each.first.substr(slash + 1)}));
  });
}

void rates::list_nodes() {
  nodes_.clear();
  std::optional<std::int64_t> first_cut;
  for (const auto& [name, cut] : whole_cuts_)
    first_cut = std::min(first_cut.value_or(cut.second), cut.second);
  for (const auto& part : whole_.nodes) {
    node_now node;
    node.name = part.name;
    node.level = part.level;
    node.gone = part.missing.value_or("");
    node.actors = part.actors;
    if (const auto cut = whole_cuts_.find(part.name); cut != whole_cuts_.end())
      node.skew_ms = cut->second.second - *first_cut;
    for (const auto& kind : whole_.kinds) {
      if (kind.node != part.name) continue;
      node.mailbox += waiting_in(kind);
      const auto rate = rated_.find({kind.node, kind.kind});
      if (rate == rated_.end()) continue;
      add_rate(node.started, rate->second.started);
      add_rate(node.handled, rate->second.handled);
    }
    node.trend = trend_of(part.name);
    nodes_.push_back(std::move(node));
  }
  for (const auto& [name, why] : gone_) {
    node_now node;
    node.name = name;
    node.gone = why;
    nodes_.push_back(std::move(node));
  }
  std::ranges::sort(nodes_, {}, &node_now::name);
}

std::vector<kind_now> rates::kinds(const std::vector<std::string>& on_nodes) const {
  std::map<std::string, kind_now> found;
  for (const auto& each : whole_.kinds) {
    if (!on_nodes.empty() && std::ranges::find(on_nodes, each.node) == on_nodes.end()) continue;
    auto& kind = found[each.kind];
    kind.kind = each.kind;
    kind.alive += each.alive;
    kind.mailbox += waiting_in(each);
    kind.trend = sum_of(std::move(kind.trend), trend_of(each.node + '/' + each.kind));
    auto& there = kind.handled_by_node[each.node];
    const auto rate = rated_.find({each.node, each.kind});
    if (rate == rated_.end()) continue;
    there = rate->second.handled;
    add_rate(kind.started, rate->second.started);
    add_rate(kind.handled, rate->second.handled);
  }
  std::vector<kind_now> all;
  for (auto& [name, kind] : found) all.push_back(std::move(kind));
  return all;
}

per_second rates::handled() const {
  per_second sum;
  for (const auto& each : nodes_) add_rate(sum, each.handled);
  return sum;
}

void rates::learn_actors(snapshot some) {
  const auto now = cuts_of(some);
  std::unordered_map<std::string, counted_actor> counted;
  actors_.clear();
  edges_.clear();
  for (auto& each : some.actors) {
    actor_now one;
    rate_actor(each, one, now);
    counted.emplace(each.id, counted_actor{each.handled, handling_us(each), each.types});
    one.what = std::move(each);
    actors_.push_back(std::move(one));
  }
  std::unordered_map<std::string, std::uint64_t> counted_edges;
  for (auto& each : some.edges) {
    edge_now one;
    const auto key = edge_key(each);
    // An edge is counted where it ends.
    const auto seconds = between(actor_cuts_, now, std::string(node_of(each.to)));
    const auto before = counted_edges_.find(key);
    if (seconds && before != counted_edges_.end()) one.count = rate_of(before->second, each.count, *seconds);
    counted_edges.emplace(key, each.count);
    one.what = std::move(each);
    edges_.push_back(std::move(one));
  }
  counted_actors_ = std::move(counted);
  counted_edges_ = std::move(counted_edges);
  actor_cuts_ = now;
}

void rates::rate_actor(const actor& of, actor_now& into, const cuts& now) const {
  into.types.resize(of.types.size());
  const auto seconds = between(actor_cuts_, now, of.node);
  if (!seconds) return;
  const auto found = counted_actors_.find(of.id);
  counted_actor before;
  if (found != counted_actors_.end()) {
    before = found->second;
  } else {
    // One that is new has counted all of it since; of any other, nothing is known from before.
    const auto started = moment_of(of.started_at);
    if (!started || *started <= actor_cuts_.at(of.node).second) return;
  }
  into.handled = rate_of(before.handled, of.handled, *seconds);
  if (of.handling_us && of.handling_us->sum && handling_us(of) >= before.handling_us)
    into.busy = (handling_us(of) - before.handling_us) * timed_one_in / (*seconds * 1e6);
  for (std::size_t i = 0; i < of.types.size(); ++i) {
    const auto was =
        std::ranges::find(before.types, of.types[i].first, &std::pair<std::string, std::uint64_t>::first);
    into.types[i] = rate_of(was == before.types.end() ? 0 : was->second, of.types[i].second, *seconds);
  }
}

void rates::forget_actors() {
  actors_.clear();
  edges_.clear();
  counted_actors_.clear();
  counted_edges_.clear();
  actor_cuts_.clear();
}

void rates::remember(const std::string& key, double rate) {
  auto& trend = trends_[key];
  trend.push_back(rate);
  if (trend.size() > trend_max) trend.pop_front();
}

std::vector<double> rates::trend_of(const std::string& key) const {
  const auto found = trends_.find(key);
  if (found == trends_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

}  // namespace parley::top
