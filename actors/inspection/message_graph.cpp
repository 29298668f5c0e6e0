#include "actors/inspection/message_graph.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "actors/inspection/heavy_hitters.hpp"
#include "actors/inspection/shared_text.hpp"

namespace parley {

namespace {

constexpr std::size_t stripe_count = 8;

constexpr std::uint64_t mixed(std::uint64_t bits) {
  bits *= 0x9e3779b97f4a7c15ULL;
  return bits ^ bits >> 32U;
}

struct graph_hash {
  std::uint64_t operator()(const message_edge& edge) const {
    return mixed(mixed(mixed(edge.from) + edge.to) + edge.type);
  }
  std::uint64_t operator()(const message_flow& flow) const {
    const auto of = [](const entity_name& name) {
      return static_cast<std::uint64_t>(name.id) * 4 + static_cast<std::uint64_t>(name.kind);
    };
    return mixed(mixed(mixed(of(flow.from)) + of(flow.to)) + flow.type);
  }
};

using edge_sketch = heavy_hitters<message_edge, graph_hash>;
using flow_sketch = heavy_hitters<message_flow, graph_hash>;

struct alignas(64) stripe {
  // Nearly always free: each thread has a stripe, and who looks holds it for the time of a copy.
  short_lock mutex;
  // None while nothing is counted.
  std::unique_ptr<edge_sketch> edges;
  std::unique_ptr<flow_sketch> flows;
};

struct all_stripes {
  std::array<stripe, stripe_count> each;
  std::atomic<timestamp_ms> since{0};
};

all_stripes& graphs() {
  static all_stripes all;
  return all;
}

stripe& stripe_of_this_thread() {
  static constinit std::atomic<std::size_t> threads{0};
  static constinit thread_local stripe* chosen = nullptr;
  if (chosen == nullptr)
    chosen = &graphs().each[threads.fetch_add(1, std::memory_order_relaxed) % stripe_count];
  return *chosen;
}

/// Adds up copies of stripes so that the bounds hold: a stripe that has forgotten keys may have forgotten
/// this one (Agarwal and others: "Mergeable Summaries", 2012).
template <class Key, class Sketch>
std::vector<weighed<Key>> merged(const std::vector<Sketch>& stripes) {
  std::uint64_t floors = 0;
  for (const auto& each : stripes) floors += each.floor();
  std::unordered_map<Key, weighed<Key>, graph_hash> sums;
  for (const auto& each : stripes) {
    const auto floor = each.floor();
    for (const auto& item : each.items()) {
      auto& sum = sums.try_emplace(item.key, weighed<Key>{item.key, floors, floors, 0}).first->second;
      sum.count += item.count - floor;
      sum.error += item.error;
      sum.error -= floor;
      sum.extra += item.extra;
    }
  }
  std::vector<weighed<Key>> all;
  all.reserve(sums.size());
  for (auto& [key, sum] : sums) all.push_back(sum);
  std::ranges::sort(all, [](const auto& one, const auto& other) { return one.count > other.count; });
  return all;
}

}  // namespace

void note_edge(const message_edge& edge, std::uint64_t bytes) {
  auto& here = stripe_of_this_thread();
  const std::scoped_lock lock{here.mutex};
  if (here.edges) here.edges->add(edge, 1, bytes);
}

void note_flow(const message_flow& flow, std::uint64_t count) {
  auto& here = stripe_of_this_thread();
  const std::scoped_lock lock{here.mutex};
  if (here.flows) here.flows->add(flow, count);
}

void begin_graphs(timestamp_ms now) {
  for (auto& each : graphs().each) {
    auto edges = std::make_unique<edge_sketch>(keys_a_stripe);
    auto flows = std::make_unique<flow_sketch>(keys_a_stripe);
    const std::scoped_lock lock{each.mutex};
    each.edges = std::move(edges);
    each.flows = std::move(flows);
  }
  graphs().since.store(now);
}

void end_graphs() {
  graphs().since.store(0);
  for (auto& each : graphs().each) {
    const std::scoped_lock lock{each.mutex};
    each.edges.reset();
    each.flows.reset();
  }
}

message_graphs read_graphs() {
  message_graphs read;
  const auto since = graphs().since.load();
  if (since == 0) return read;
  std::vector<edge_sketch> edges;
  std::vector<flow_sketch> flows;
  for (auto& each : graphs().each) {
    const std::scoped_lock lock{each.mutex};
    if (!each.edges) continue;
    edges.push_back(*each.edges);
    flows.push_back(*each.flows);
  }
  for (const auto& each : edges) read.forgotten += each.forgotten();
  for (const auto& each : flows) read.forgotten += each.forgotten();
  read.since = since;
  read.edges = merged<message_edge>(edges);
  read.flows = merged<message_flow>(flows);
  return read;
}

}  // namespace parley
