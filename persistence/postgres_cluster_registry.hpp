#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/contract/values/ports/cluster_registry.hpp"
#include "persistence/watched_connection.hpp"

namespace parley {

/// The registry in PostgreSQL, over one connection of its own. A session lock of that connection is the hold
/// on the node's name. Nothing waits for a lock: those of shards and names are only looked at, or tried.
class postgres_cluster_registry : public cluster_registry {
public:
  struct patience {
    std::chrono::milliseconds call{hung_after};  // a call that takes longer has failed
    std::chrono::milliseconds name{10'000};      // how long an earlier holder of the name may take to be gone
    std::chrono::milliseconds end{5'000};        // how long ended server processes may take to be gone
  };

  /// `node` and `incarnation` are what the writers of this life of the node are named after, too.
  postgres_cluster_registry(std::string url, std::string node, incarnation_id incarnation)
      : postgres_cluster_registry(std::move(url), std::move(node), incarnation, patience{}) {}
  postgres_cluster_registry(std::string url, std::string node, incarnation_id incarnation, patience how);

  outcome<cluster_view> join(const node_record& self) override;
  outcome<cluster_view> beat(const node_record& self) override;
  outcome<cluster_view> look() override;
  outcome<void> end_writers(incarnation_id dead) override;
  outcome<std::vector<recent_write>> written_since(std::span<const shard_index> shards,
                                                   timestamp_ms since) override;
  outcome<void> note_taken(std::span<const shard_index> shards, incarnation_id owner) override;
  outcome<void> forget(incarnation_id gone) override;
  void leave() override;
  /// The server process of the connection, for tests and tools; 0 without one.
  [[nodiscard]] int backend_pid() const { return connection_ ? connection_->backend() : 0; }

private:
  /// Who has something that was refused.
  struct holder {
    int backend = 0;
    std::string connection;  // its name
    std::string place;       // where from
  };

  /// The one boundary: whatever the database throws becomes a failure, and the connection is given up.
  template <class T, class Work>
  outcome<T> guarded(Work work);
  /// The same for a node that has joined, over a connection that holds its name.
  template <class T, class Work>
  outcome<T> call(Work work);
  // What follows throws when the database fails.
  template <class... Values>
  pqxx::result run(const std::string& sql, const Values&... values);
  void open();
  outcome<void> take_name(std::chrono::milliseconds within);
  std::optional<holder> try_name();
  outcome<void> end_backends(const std::string& which, const std::string& first, const std::string& second);
  cluster_view count_beat(const node_record& self);
  std::vector<recent_write> read_recent(std::span<const shard_index> shards, timestamp_ms since);

  std::string url_;
  std::string node_;
  incarnation_id incarnation_;
  patience patience_;
  int name_hash_;
  std::unique_ptr<watched_connection> connection_;
  node_record own_;       // as the database had it last
  bool joined_ = false;   // from then on every connection takes the name again
  bool is_away_ = false;  // the database, as the log was told
  int beats_ = 0;         // over this connection
};

}  // namespace parley
