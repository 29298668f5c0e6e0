#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/contract/values/ports/cluster_registry.hpp"
#include "tests/simulation/memory_store.hpp"

namespace parley::simulation {

/// The registry in a `memory_store`, over a connection of its own. It behaves as the one in PostgreSQL: one
/// suite of tests runs on both. Only that it does not wait for a name: who has it, has it.
class memory_cluster_registry : public cluster_registry {
public:
  memory_cluster_registry(std::shared_ptr<memory_store> store, std::string node, incarnation_id incarnation)
      : store_(std::move(store)), node_(std::move(node)), incarnation_(incarnation) {}
  ~memory_cluster_registry() override { store_->backends().end(backend_); }
  memory_cluster_registry(const memory_cluster_registry&) = delete;
  memory_cluster_registry& operator=(const memory_cluster_registry&) = delete;

  outcome<cluster_view> join(const node_record& self) override;
  outcome<cluster_view> beat(const node_record& self) override;
  outcome<cluster_view> look() override;
  outcome<void> end_writers(incarnation_id dead) override;
  outcome<std::vector<recent_write>> written_since(std::span<const shard_index> shards,
                                                   timestamp_ms since) override;
  outcome<void> note_taken(std::span<const shard_index> shards, incarnation_id owner) override;
  outcome<void> forget(incarnation_id gone) override;
  void leave() override;
  [[nodiscard]] backend_number backend() const { return backend_; }

private:
  outcome<void> connect();
  [[nodiscard]] outcome<void> be_connected();
  [[nodiscard]] cluster_view view() const;
  cluster_view count_beat(const node_record& self);

  std::shared_ptr<memory_store> store_;
  std::string node_;
  incarnation_id incarnation_;
  backend_number backend_ = 0;
  node_record own_;  // as the database had it last
  bool joined_ = false;
};

/// An operator asks the node of this name to drain. `not_found`: there is none.
outcome<void> request_drain(memory_store& store, const std::string& name);

}  // namespace parley::simulation
