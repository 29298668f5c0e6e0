#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "actors/contract/values/ports/cluster_registry.hpp"
#include "tests/simulation/memory_store.hpp"

namespace parley::simulation {

/// The registry of a node that has the store to itself.
class lone_registry : public cluster_registry {
public:
  explicit lone_registry(std::shared_ptr<memory_store> store) : store_(std::move(store)) {}

  outcome<cluster_view> join(const node_record& self) override { return beat(self); }
  outcome<cluster_view> beat(const node_record& self) override {
    self_ = self;
    self_.beat = ++beats_;
    self_.beat_at = store_->now();
    return look();
  }
  outcome<cluster_view> look() override {
    cluster_view seen;
    seen.nodes = {self_};
    seen.owners.resize(static_cast<std::size_t>(shard_count));
    seen.now = store_->now();
    return seen;
  }
  outcome<void> end_writers(incarnation_id /*dead*/) override { return {}; }
  outcome<std::vector<recent_write>> written_since(std::span<const shard_index> /*shards*/,
                                                   timestamp_ms since) override {
    std::vector<recent_write> writes;
    for (const auto& [id, of] : store_->conversations()) {
      recent_write write{id, of.head(), {}};
      for (const auto& each : of.entries) {
        if (each.at < since) continue;
        if (each.content.kind == entry_kind::join) write.joined.push_back(each.content.user);
        if (each.content.kind == entry_kind::create)
          write.joined.insert(write.joined.end(), each.content.members.begin(), each.content.members.end());
      }
      if (!of.entries.empty() && of.entries.back().at >= since) writes.push_back(std::move(write));
    }
    return writes;
  }
  outcome<void> note_taken(std::span<const shard_index> /*shards*/, incarnation_id /*owner*/) override {
    return {};
  }
  outcome<void> forget(incarnation_id /*gone*/) override { return {}; }
  void leave() override {}

private:
  std::shared_ptr<memory_store> store_;
  node_record self_;
  std::int64_t beats_ = 0;
};

}  // namespace parley::simulation
