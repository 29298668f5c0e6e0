#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "actors/contract/values/token_bucket.hpp"
#include "transport/recent_map.hpp"

namespace parley {

/// Whom an address stands for when attempts are counted: an IPv4 address for itself, also when it comes
/// mapped into IPv6; an IPv6 address for its network of 64 bits, which is what one household or host is
/// given (RFC 6177) and can choose freely from.
std::string counted_address(const std::string& address);

/// How often an address may do something, per minute; the whole minute's worth may come at once.
/// Remembers the `addresses_max` seen last; whoever is forgotten begins anew.
class address_limits {
public:
  explicit address_limits(std::uint32_t per_minute, std::size_t addresses_max = 100'000)
      : per_minute_(per_minute), buckets_(addresses_max) {}

  /// How long to wait, if it may not now. Any thread.
  std::optional<std::chrono::milliseconds> take(const std::string& address,
                                                std::chrono::steady_clock::time_point now) {
    if (per_minute_ == 0) return std::nullopt;
    const auto counted = counted_address(address);
    const std::scoped_lock lock{mutex_};
    return buckets_.find_or_add(counted, token_bucket{per_minute_ / 60.0, double(per_minute_)}).take(now);
  }

private:
  const std::uint32_t per_minute_;
  std::mutex mutex_;
  recent_map<token_bucket> buckets_;
};

}  // namespace parley
