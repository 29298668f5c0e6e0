#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace parley {

/// A token bucket: `rate_per_second` on average, `burst` at once. A rate of 0 means no limit.
class token_bucket {
public:
  token_bucket(double rate_per_second, double burst)
      : rate_(rate_per_second), burst_(burst), tokens_(burst) {}

  /// Takes a token; when there is none, how long until there is one.
  template <class TimePoint>
  std::optional<std::chrono::milliseconds> take(TimePoint now) {
    if (rate_ <= 0) return std::nullopt;
    const auto since = now.time_since_epoch();
    if (last_)
      tokens_ =
          std::min<double>(burst_, tokens_ + std::chrono::duration<double>(since - *last_).count() * rate_);
    last_ = std::chrono::duration_cast<std::chrono::nanoseconds>(since);
    if (tokens_ >= 1) {
      tokens_ -= 1;
      return std::nullopt;
    }
    const auto wait_ms = (1 - tokens_) / rate_ * 1'000;
    return std::chrono::milliseconds{static_cast<std::int64_t>(wait_ms) + 1};
  }

  /// Returns a token that was taken and not used after all.
  void give_back() { tokens_ = std::min(burst_, tokens_ + 1); }

private:
  double rate_;  // per second
  double burst_;
  double tokens_;
  std::optional<std::chrono::nanoseconds> last_;
};

}  // namespace parley
