#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "actors/contract/values/node_counters.hpp"
#include "actors/contract/values/ports/outbox.hpp"
#include "transport/hand_over.hpp"

namespace parley {

/// The outbox of a connection as its session holds it: any thread pushes, the connection's own thread
/// takes. It may outlive the connection and the server.
///
/// It counts the bytes between a push and the kernel, which is where events are refused.
class connection_outbox final : public outbox {
public:
  connection_outbox(std::shared_ptr<hand_over> thread, place connection, std::size_t bytes_max)
      : thread_(std::move(thread)), connection_(connection), bytes_max_(bytes_max) {}
  ~connection_outbox() override { counters.outbox_bytes.take(waiting_bytes_.load()); }
  connection_outbox(const connection_outbox&) = delete;
  connection_outbox& operator=(const connection_outbox&) = delete;

  admission push_event(frame event) override;
  run_admission push_events(const shared_run& run, std::size_t first, std::size_t count) override;
  void push_reply(frame reply) override;
  void close(close_code code, std::string reason) override;
  [[nodiscard]] std::uint64_t requests_read() const override {
    return requests_read_.load(std::memory_order_acquire);
  }

  // For the connection, on its thread.
  std::uint64_t count_request() { return requests_read_.fetch_add(1, std::memory_order_acq_rel) + 1; }
  void bytes_added(std::size_t bytes) {
    waiting_bytes_.fetch_add(bytes);
    counters.outbox_bytes.add(bytes);
  }
  /// Whether there is room again after a refusal.
  bool bytes_left(std::size_t bytes) {
    const auto waiting = waiting_bytes_.fetch_sub(bytes) - bytes;
    counters.outbox_bytes.take(bytes);
    return waiting <= bytes_max_ / 2 && refused_.load() && refused_.exchange(false);
  }
  /// Nothing is taken any more.
  void die() { state_.store(state::gone); }
  /// Why `close` was called; valid once the ending has been handed over.
  [[nodiscard]] close_code code() const { return code_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }

private:
  enum class state : std::uint8_t { open, closing, gone };

  [[nodiscard]] bool fits(std::size_t bytes) const {
    const auto waiting = waiting_bytes_.load();
    return waiting == 0 || waiting + bytes <= bytes_max_;
  }

  const std::shared_ptr<hand_over> thread_;
  const place connection_;
  const std::size_t bytes_max_;
  std::atomic<std::size_t> waiting_bytes_{0};
  std::atomic<std::uint64_t> requests_read_{0};
  std::atomic<state> state_{state::open};
  std::atomic<bool> refused_{false};
  close_code code_ = close_code::going_away;
  std::string reason_;
};

}  // namespace parley
