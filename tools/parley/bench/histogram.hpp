#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace parley::bench {

/// Counts durations in nanoseconds, in buckets as fine as the values are small: 64 for every power of
/// two, so that a reported value is at most 1.6 % above the recorded one. After HdrHistogram.
/// A value above 2^41 ns (37 minutes) counts as that.
class histogram {
public:
  void record(std::int64_t value_ns) {
    const auto value = clamp(value_ns);
    ++buckets_[bucket_of(value)];
    ++count_;
    if (value > max_) max_ = value;
    if (count_ == 1 || value < min_) min_ = value;
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Exact, and 0 when nothing was recorded.
  [[nodiscard]] std::int64_t max_ns() const { return static_cast<std::int64_t>(max_); }
  [[nodiscard]] std::int64_t min_ns() const { return static_cast<std::int64_t>(min_); }
  /// The value that `percent` of all recorded ones do not exceed; 0 when nothing was recorded.
  [[nodiscard]] std::int64_t percentile_ns(double percent) const;
  void add(const histogram& other);

private:
  static constexpr std::uint64_t value_max = 1ULL << 41U;
  static constexpr unsigned linear_bits = 7;  // values below 128 have a bucket each
  static constexpr std::size_t half = 1U << (linear_bits - 1);

  static std::uint64_t clamp(std::int64_t value_ns) {
    if (value_ns < 0) return 0;
    const auto value = static_cast<std::uint64_t>(value_ns);
    return value < value_max ? value : value_max;
  }
  static unsigned shift_of(std::uint64_t value) {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    return width > linear_bits ? width - linear_bits : 0;
  }
  static std::size_t bucket_of(std::uint64_t value) {
    const auto shift = shift_of(value);
    return shift * half + static_cast<std::size_t>(value >> shift);
  }
  static std::uint64_t highest_in(std::size_t bucket);

  static constexpr std::size_t bucket_count = (42 - linear_bits) * half + 2 * half;
  std::array<std::uint64_t, bucket_count> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
  std::uint64_t min_ = 0;
};

}  // namespace parley::bench
