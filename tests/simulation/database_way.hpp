#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "actors/contract/values/ports/cluster_registry.hpp"
#include "actors/contract/values/ports/entry_log.hpp"
#include "actors/contract/values/ports/log_queries.hpp"
#include "tests/simulation/faulty_log.hpp"

namespace parley::simulation {

/// How a life of a node reaches its database. While it does not, whatever it asks fails, and what its
/// connections hold stays with their backends until those are ended.
class database_way {
public:
  explicit database_way(std::shared_ptr<const std::int64_t> now_ms) : now_ms_(std::move(now_ms)) {}

  /// Nothing gets through for so long, unless it is mended before.
  void break_until(std::int64_t ms) { broken_until_ = std::max(broken_until_, ms); }
  void mend() { broken_until_ = 0; }
  /// The process is over.
  void end() { is_over_ = true; }
  [[nodiscard]] bool is_open() const { return !is_over_ && *now_ms_ >= broken_until_; }
  /// What is answered instead; nothing when the way is open.
  [[nodiscard]] std::optional<failure> obstacle() const {
    if (is_open()) return std::nullopt;
    return failure{errc::unavailable, "the database is not reached", {}};
  }
  /// Fails all reads while the way is not open; brought up to date by `pass`.
  [[nodiscard]] const std::shared_ptr<trouble>& reads() const { return reads_; }
  void pass() { reads_->read_fails = is_open() ? 0 : 1; }

private:
  std::shared_ptr<const std::int64_t> now_ms_;
  std::int64_t broken_until_ = 0;
  bool is_over_ = false;
  std::shared_ptr<trouble> reads_ = std::make_shared<trouble>();
};

/// A writer connection over such a way.
class log_over_a_way : public entry_log {
public:
  log_over_a_way(std::shared_ptr<entry_log> inner, std::shared_ptr<const database_way> way)
      : inner_(std::move(inner)), way_(std::move(way)) {}

  outcome<void> open() override;
  outcome<locks_taken> take(std::span<const shard_index> shards) override;
  outcome<void> give_back(std::span<const shard_index> shards) override;
  log_outcome<std::vector<append_result>> append(std::span<const append_item> batch) override;
  log_outcome<std::vector<read_result_item>> mark_read(std::span<const read_item> batch) override;
  [[nodiscard]] std::string epoch() const override { return inner_->epoch(); }
  bool alive() override;
  void release() override;

private:
  /// Whether the connection stands; one whose way broke in the middle of a call does not any more.
  [[nodiscard]] bool stands();

  std::shared_ptr<entry_log> inner_;
  std::shared_ptr<const database_way> way_;
  bool connected_ = false;
};

/// A reader connection over such a way.
inline std::shared_ptr<log_queries> queries_over_a_way(std::shared_ptr<log_queries> inner,
                                                       const database_way& way) {
  return std::make_shared<faulty_log_queries>(std::move(inner), way.reads());
}

/// A node's registry over such a way.
class registry_over_a_way : public cluster_registry {
public:
  registry_over_a_way(std::shared_ptr<cluster_registry> inner, std::shared_ptr<const database_way> way)
      : inner_(std::move(inner)), way_(std::move(way)) {}

  outcome<cluster_view> join(const node_record& self) override;
  outcome<cluster_view> beat(const node_record& self) override;
  outcome<cluster_view> look() override;
  outcome<void> end_writers(incarnation_id dead) override;
  outcome<std::vector<recent_write>> written_since(std::span<const shard_index> shards,
                                                   timestamp_ms since) override;
  outcome<void> note_taken(std::span<const shard_index> shards, incarnation_id owner) override;
  outcome<void> forget(incarnation_id gone) override;
  void leave() override;

private:
  std::shared_ptr<cluster_registry> inner_;
  std::shared_ptr<const database_way> way_;
};

}  // namespace parley::simulation
