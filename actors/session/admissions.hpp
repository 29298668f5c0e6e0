#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include "actors/contract/values/token_bucket.hpp"

namespace parley {

/// How many sessions a node lets in a second (`limits.admissions_per_second`), one second's worth at once.
///
/// Whoever is refused is told to come back at a moment of their own: the moments lie one after the other at
/// the rate, so that what came all at once comes back as a stream that the node takes. A promise keeps
/// nobody else out: a moment that its owner lets pass is given to whoever comes.
class admissions {
public:
  using milliseconds = std::chrono::milliseconds;

  explicit admissions(std::uint32_t per_second)
      : per_second_(per_second), bucket_(per_second, std::max<std::uint32_t>(per_second, 1)) {}

  /// When to come back, if not now. Any thread.
  template <class TimePoint>
  std::optional<milliseconds> take(TimePoint time) {
    if (per_second_ == 0) return std::nullopt;
    const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch());
    const std::scoped_lock lock{mutex_};
    if (!bucket_.take(time)) return std::nullopt;
    const auto earliest = now + retry_least;
    const auto step = std::chrono::nanoseconds{std::chrono::seconds{1}} / per_second_;
    // Beyond the longest wait nobody would wait: who is told that is spread over what lies before it.
    if (promised_ < earliest || promised_ > now + retry_most) promised_ = earliest;
    promised_ += step;
    return std::chrono::ceil<milliseconds>(promised_ - now);
  }

  /// Over how long the sessions of a node that stops should come back, so that they are let in elsewhere, or
  /// here again, without being refused. A rate of 0 means none.
  static milliseconds spread_of(std::size_t sessions, std::uint32_t per_second) {
    const auto needed = per_second == 0 ? std::size_t{0} : sessions * 1'000 / per_second;
    return std::clamp(milliseconds{static_cast<std::int64_t>(needed)}, spread_least, retry_most);
  }

  /// Coming at once would cost a handshake and be refused again.
  static constexpr milliseconds retry_least{500};
  static constexpr milliseconds retry_most{60'000};
  /// As long as clients wait at random after any lost connection.
  static constexpr milliseconds spread_least{5'000};

private:
  const std::uint32_t per_second_;
  std::mutex mutex_;
  token_bucket bucket_;
  std::chrono::nanoseconds promised_{0};  // the last moment that was given
};

}  // namespace parley
