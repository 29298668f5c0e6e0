#include "tools/parley/bench/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace parley::bench {

std::int64_t histogram::percentile_ns(double percent) const {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(percent / 100.0 * static_cast<double>(count_)));
  const auto rank = std::clamp<std::uint64_t>(wanted, 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= rank) return static_cast<std::int64_t>(std::clamp(highest_in(bucket), min_, max_));
  }
  return max_ns();
}

void histogram::add(const histogram& other) {
  if (other.count_ == 0) return;
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  count_ += other.count_;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) buckets_[bucket] += other.buckets_[bucket];
}

std::uint64_t histogram::highest_in(std::size_t bucket) {
  if (bucket < 2 * half) return bucket;
  const auto shift = bucket / half - 1;
  const auto mantissa = static_cast<std::uint64_t>(bucket - shift * half);
  return ((mantissa + 1) << shift) - 1;
}

}  // namespace parley::bench
