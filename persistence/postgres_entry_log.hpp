#pragma once

#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "actors/contract/values/ports/entry_log.hpp"

namespace parley {

/// The advisory locks of shards are (shard_lock_class, shard).
inline constexpr int shard_lock_class = 0x7061726c;

/// A writer connection to PostgreSQL. Its backend holds the shards' advisory locks: what it writes is
/// fenced by them, and by trying them again in every batch. It never reconnects by itself.
class postgres_entry_log : public entry_log {
public:
  /// `node` and `incarnation` become part of the application name, by which a later owner finds this backend.
  postgres_entry_log(std::string url, std::string node, incarnation_id incarnation);
  ~postgres_entry_log() override;

  outcome<void> acquire(std::span<const shard_index> shards) override;
  log_outcome<std::vector<append_result>> append(std::span<const append_item> batch) override;
  bool alive() override;
  void release() override;
  /// The server process of the connection, for tests and tools; 0 without one.
  [[nodiscard]] int backend_pid() const;

private:
  void end_previous_backend();
  void connect();
  outcome<void> take_locks(std::span<const shard_index> shards);
  log_outcome<std::vector<append_result>> append_halving(std::span<const append_item> batch);
  void append_messages(std::span<const append_item* const> items, std::vector<append_result>& results,
                       std::span<const std::size_t> places);
  void append_creates(std::span<const append_item* const> items, std::vector<append_result>& results,
                      std::span<const std::size_t> places);

  std::string url_;
  std::string application_name_;
  std::unique_ptr<pqxx::connection> connection_;
  int previous_backend_ = 0;
};

}  // namespace parley
