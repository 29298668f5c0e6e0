#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "actors/contract/values/ports/encoder.hpp"

namespace parley {

/// The events of a session that its client has not acknowledged, numbered from 1 without a hole.
/// Given as often as asked for: an answer that is lost on its way loses nothing. Knows no threads.
class event_log {
public:
  /// What keeping an event costs beside its text.
  static constexpr std::size_t overhead_bytes = 64;
  /// An answer holds about so much (one event, if that is larger), so that a slow line gets it through.
  static constexpr std::size_t answer_bytes_max = 65'536;

  explicit event_log(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Whether it was taken: not above the bound, but always when nothing else waits.
  bool push(frame event);
  /// Forgets all up to this number; whether half is free again after a refusal (told once).
  bool acknowledge(std::uint64_t up_to);
  /// The oldest that wait, as the body of an answer: {"events":[{n, ev, d},…],"next":…}. `next` is the
  /// last number in it, or `after`.
  std::string give(std::uint64_t after);
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  /// The newest number that was ever given.
  [[nodiscard]] std::uint64_t given() const { return given_; }

private:
  static std::size_t cost(const frame& event) { return event->payload().size() + overhead_bytes; }

  const std::size_t bytes_max_;
  std::deque<frame> waiting_;
  std::uint64_t first_ = 1;  // number of the oldest that waits, or of the next
  std::uint64_t given_ = 0;
  std::size_t bytes_ = 0;
  bool refused_ = false;
};

}  // namespace parley
