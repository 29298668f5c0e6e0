#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "actors/contract/values/token_bucket.hpp"

namespace parley {

/// How often an address may do something, per minute; the whole minute's worth may come at once.
/// Remembers `addresses_max` addresses; when there are more, all begin anew, which lets an attacker
/// with that many addresses through and nobody else suffer.
class address_limits {
public:
  explicit address_limits(std::uint32_t per_minute, std::size_t addresses_max = 100'000)
      : per_minute_(per_minute), addresses_max_(addresses_max) {}

  /// How long to wait, if it may not now. Any thread.
  std::optional<std::chrono::milliseconds> take(const std::string& address,
                                                std::chrono::steady_clock::time_point now) {
    if (per_minute_ == 0) return std::nullopt;
    const std::scoped_lock lock{mutex_};
    if (buckets_.size() >= addresses_max_ && !buckets_.contains(address)) buckets_.clear();
    return buckets_.try_emplace(address, per_minute_ / 60.0, per_minute_).first->second.take(now);
  }

private:
  const std::uint32_t per_minute_;
  const std::size_t addresses_max_;
  std::mutex mutex_;
  std::unordered_map<std::string, token_bucket> buckets_;
};

}  // namespace parley
