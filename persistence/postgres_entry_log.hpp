#pragma once

#include <bitset>
#include <chrono>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "actors/contract/values/ports/entry_log.hpp"
#include "persistence/watched_connection.hpp"

namespace parley {

/// The advisory locks of shards are (shard_lock_class, shard).
inline constexpr int shard_lock_class = 0x7061726c;

/// A writer connection to PostgreSQL. Its backend holds the shards' advisory locks: what it writes is
/// fenced by them, and by trying them again in every batch. It never reconnects by itself, and a
/// connection that failed or hung is not used again before the next `open`.
class postgres_entry_log : public entry_log {
public:
  /// `node` and `incarnation` become part of the application name, by which a later owner finds this backend.
  postgres_entry_log(std::string url, const std::string& node, incarnation_id incarnation,
                     std::chrono::milliseconds call_limit = hung_after);
  ~postgres_entry_log() override;

  outcome<void> open() override;
  outcome<locks_taken> take(std::span<const shard_index> shards) override;
  outcome<void> give_back(std::span<const shard_index> shards) override;
  log_outcome<std::vector<append_result>> append(std::span<const append_item> batch) override;
  log_outcome<std::vector<read_result_item>> mark_read(std::span<const read_item> batch) override;
  [[nodiscard]] std::string epoch() const override { return epoch_; }
  bool alive() override;
  void release() override;
  /// The server process of the connection, for tests and tools; 0 without one.
  [[nodiscard]] int backend_pid() const;

private:
  /// Items of one batch and where in it they stand.
  struct part {
    std::vector<const append_item*> items;
    std::vector<std::size_t> places;
  };
  /// One batch under way: what is known of it by now.
  struct progress {
    std::vector<append_result> results;
    bool wrote = false;
  };

  outcome<void> end_previous_backend();
  void connect();
  void name_history();
  outcome<locks_taken> take_locks(std::span<const shard_index> wanted);
  struct lock_holder {
    failure why;  // as `locks_taken` says it
    bool is_this_writer = false;
  };
  lock_holder who_holds(pqxx::transaction_base& work, std::span<const shard_index> refused);
  failure gone(const std::exception& problem);
  log_failure failed(const std::exception& problem, log_failure what, const progress& done);
  /// Messages, creates and changes of one batch, none of which has to wait for another of them that is
  /// of another sort.
  struct wave {
    part messages;
    std::vector<std::size_t> creates;
    part changes;
  };
  using write_part = void (postgres_entry_log::*)(const part&, progress&);

  static std::vector<wave> waves_of(std::span<const append_item> batch);
  void append_halving(write_part write, const part& items, progress& done);
  void append_message_batch(const part& messages, progress& done);
  void append_change_batch(const part& changes, progress& done);
  void append_create(const append_item& item, append_result& result, progress& done);

  std::string url_;
  std::string application_name_;
  std::chrono::milliseconds call_limit_;
  std::unique_ptr<watched_connection> connection_;
  std::bitset<shard_count> held_;  // by the connection
  std::string epoch_;
  append_result last_written_;  // seq 0: nothing yet
  bool is_away_ = false;        // the database, as the log was told
  int previous_backend_ = 0;    // may still hold locks, and finish what it was given
};

}  // namespace parley
