#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "actors/contract/interfaces/local_only.hpp"
#include "actors/contract/interfaces/log_writer_actor.hpp"
#include "actors/contract/interfaces/placement_actor.hpp"
#include "actors/inspection/metered.hpp"

namespace parley {

/// Group commit without a timer: a `flush_batch` sent to oneself stands behind everything that piled up
/// while the last commit ran, so it commits exactly that. Holds the locks of the shards that placement wants
/// it to hold; a connection that breaks or hangs has lost them all, whatever was under way.
class log_writer_state : public metered_state<log_writer_actor, log_writer_state> {
public:
  static inline const char* name = "log_writer";

  explicit log_writer_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior(std::shared_ptr<entry_log> log, std::size_t index, placement_actor placement);

private:
  // Batches.
  void take(const append_entries& requests);
  void take_read(const store_read& request);
  void flush();
  [[nodiscard]] bool flush_reads();
  void flush_soon();
  std::size_t next_batch(std::vector<append_item>& items) const;
  log_outcome<std::vector<append_result>> commit(std::span<const append_item> items);
  void record_commit(std::size_t size, std::int64_t began_ns);
  void report_results(const std::vector<append_result>& results);
  template <class Message>
  [[nodiscard]] bool is_stale(const Message& request) const;
  void fail_batch(std::size_t batch_size, log_failure why);
  template <class Condition>
  void drop_waiting(Condition is_concerned);

  // The connection and its locks.
  void look_after_connection();
  void open();
  void begin_anew();
  void take_locks(const take_shards& wanted);
  void give_locks(const give_shards& unwanted);
  void lose_connection(const char* why);
  void put_off_retry();
  [[nodiscard]] std::uint64_t& incarnation_of(shard_index shard);
  [[nodiscard]] std::vector<shard_index> held() const;

  std::shared_ptr<entry_log> log_;
  std::size_t index_ = 0;
  placement_actor placement_;
  std::deque<append_entry> waiting_;
  std::deque<store_read> waiting_reads_;  // bounded by what each conversation may have unanswered
  bool flushing_ = false;
  bool open_ = false;
  bool wrote_ = false;                                // something, since the connection was opened
  std::array<std::uint64_t, shard_count> held_as_{};  // by shard: its incarnation; 0: not held
  std::uint64_t incarnation_ = 0;                     // counts the takings of locks
  std::set<caf::actor_addr> starting_anew_;           // conversations that were told so and are not gone yet
  std::chrono::milliseconds retry_in_{0};
  caf::actor_clock::time_point retry_at_{};  // not before
};

/// `index`: its place in `directory::writers`. Begins with the first `writer_tick`.
log_writer_actor::behavior_type log_writer(log_writer_state::self_pointer self,
                                           std::shared_ptr<entry_log> log, std::size_t index,
                                           placement_actor placement);

}  // namespace parley
