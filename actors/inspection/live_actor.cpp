#include "actors/inspection/live_actor.hpp"

namespace parley {

times_seen time_buckets::seen() const {
  std::array<std::uint64_t, bucket_count> counts{};
  times_seen found;
  for (std::size_t i = 0; i < bucket_count; ++i)
    found.count += counts[i] = counts_[i].load(std::memory_order_relaxed);
  if (found.count == 0) return found;
  found.max_us = static_cast<double>(max_ns_.load(std::memory_order_relaxed)) / 1e3;
  found.sum_us = static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) / 1e3;
  // The smallest bound that so many are not above; of the last bucket, which has none, the largest of all.
  const auto bound = [&](std::uint64_t wanted) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i + 1 < bucket_count; ++i)
      if ((sum += counts[i]) >= wanted) return static_cast<double>(std::uint64_t{1} << i);
    return found.max_us;
  };
  found.p50_us = bound((found.count + 1) / 2);
  found.p99_us = bound(found.count - found.count / 100);
  return found;
}

}  // namespace parley
