#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/contract/values/limits.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "actors/contract/values/ports/outbox.hpp"
#include "actors/contract/values/ports/session_gateway.hpp"
#include "transport/polling/event_log.hpp"
#include "transport/polling/ops_call.hpp"

namespace parley {

/// A session whose client calls instead of staying connected: the outbox that its session pushes into,
/// and what HTTP calls ask of it. Every function may be called from any thread and returns at once.
class polling_session final : public outbox {
public:
  using clock = std::chrono::steady_clock;
  /// The session answers within its own time-out; its answer needs a moment to get here.
  static constexpr std::chrono::milliseconds answer_grace{2'000};

  polling_session(std::string token, const limits& rules, std::chrono::milliseconds idle_timeout)
      : token_(std::move(token)), rules_(rules), idle_timeout_(idle_timeout), log_(rules.outbox_bytes) {}

  // As an outbox.
  admission push_event(frame event) override;
  void push_reply(frame reply) override;
  void close(close_code code, std::string reason) override;
  [[nodiscard]] std::uint64_t requests_read() const override {
    return requests_read_.load(std::memory_order_acquire);
  }

  // As the other side of HTTP calls.
  /// The session at the other end, once there is one; `nullptr` ends this.
  void belongs_to(std::shared_ptr<session_inbox> session);
  /// Hands the requests to the session in order; answered when all of them are, or with `unavailable` for
  /// the rest a little after they should have been. `rate_limited` when too many are unanswered already.
  void ask(ops_body ops, polling_answer respond);
  /// Acknowledges all events up to `after` and gives those that follow; if there are none, waits for one.
  /// Ends an older call that waits.
  void events(std::uint64_t after, std::chrono::milliseconds wait, polling_answer respond);
  /// Answers what has waited long enough; ends the session when nobody has called for long. Whether there
  /// is nothing left of it.
  bool look(clock::time_point now);
  /// The client, or the node, ends it. Whoever waits is answered.
  void end();
  /// Whether this is the token that made it; takes as long for a wrong one.
  [[nodiscard]] bool is_of(std::string_view token) const;
  /// Whether it has ended, and nobody needs to be told why any more.
  [[nodiscard]] bool is_over() const;

private:
  enum class state : std::uint8_t {
    open,
    closed,  // by its session; the next call is told why
    over,
  };
  struct waiting_call {
    std::uint64_t after = 0;
    clock::time_point until;
    polling_answer respond;
  };
  struct open_request {
    std::shared_ptr<ops_call> call;
    std::size_t slot = 0;
    std::size_t bytes = 0;
  };
  using finished_calls = std::vector<std::shared_ptr<ops_call>>;

  // With the lock.
  [[nodiscard]] failure why_ended() const;
  std::optional<failure> no_room_for(const ops_body& ops) const;
  std::shared_ptr<ops_call> keep(const ops_body& ops, polling_answer respond);
  finished_calls take_calls(clock::time_point due);
  void was_called() { last_call_ = clock::now(); }
  // Without it.
  static void answer(const finished_calls& calls);
  void hand_over(std::vector<client_request> requests);
  void tell_drained();
  void tell_closed();

  const std::string token_;
  const limits rules_;
  const std::chrono::milliseconds idle_timeout_;

  // Taken before the other: the session gets requests in the order of their ordinals and nothing after
  // `closed`. Recursive, since a session may answer while it is asked.
  std::recursive_mutex session_mutex_;
  std::shared_ptr<session_inbox> session_;
  level_share counted_{counters.polling_sessions};
  bool is_asking_ = false;
  std::atomic<std::uint64_t> requests_read_{0};

  mutable std::mutex mutex_;
  state state_ = state::open;
  close_code code_ = close_code::going_away;
  std::string reason_;
  event_log log_;
  std::optional<waiting_call> waiting_;
  std::vector<std::shared_ptr<ops_call>> calls_;
  std::unordered_map<request_id, open_request> unanswered_;  // by ordinal
  std::size_t unanswered_bytes_ = 0;
  clock::time_point last_call_ = clock::now();
};

}  // namespace parley
