#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace parley {

/// Grows only. Adding is one relaxed instruction on a cache line that few other threads use; reading adds up.
class counter {
public:
  constexpr counter() = default;
  void add(std::uint64_t count = 1) {
    cells_[cell_of_this_thread()].value.fetch_add(count, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const {
    std::uint64_t sum = 0;
    for (const auto& each : cells_) sum += each.value.load(std::memory_order_relaxed);
    return sum;
  }

private:
  // One line a core of a middling machine; threads beyond that share.
  static constexpr std::size_t cell_count = 8;
  struct alignas(64) cell {
    std::atomic<std::uint64_t> value{0};
  };

  static std::size_t cell_of_this_thread() {
    static constinit std::atomic<std::size_t> threads{0};
    // Zero means: not chosen yet. A constant to begin with costs no check of its own at every use.
    static constinit thread_local std::size_t chosen = 0;
    if (chosen == 0) chosen = threads.fetch_add(1, std::memory_order_relaxed) % cell_count + 1;
    return chosen - 1;
  }

  std::array<cell, cell_count> cells_;
};

/// How many there are now: what was added minus what was taken away, by whichever thread.
class level {
public:
  constexpr level() = default;
  void add(std::uint64_t count = 1) { sum_.add(count); }
  void take(std::uint64_t count = 1) { sum_.add(0 - count); }
  [[nodiscard]] std::int64_t value() const { return static_cast<std::int64_t>(sum_.value()); }

private:
  counter sum_;  // modulo 2^64, which is what makes taking away an addition
};

/// What one owner adds to a level; it is taken away again when the owner goes.
class level_share {
public:
  explicit level_share(level& of) : of_(&of) {}
  ~level_share() { is(0); }
  level_share(level_share&& other) noexcept : of_(other.of_), last_(std::exchange(other.last_, 0)) {}
  level_share& operator=(level_share&&) = delete;

  void is(std::uint64_t now) {
    if (now > last_) of_->add(now - last_);
    if (now < last_) of_->take(last_ - now);
    last_ = now;
  }

private:
  level* of_;
  std::uint64_t last_ = 0;
};

/// How often a value fell between two bounds; upper bounds are included, the last one is infinity.
template <std::size_t Count>
class histogram {
public:
  constexpr explicit histogram(std::array<double, Count> bounds) : bounds_(bounds) {}
  void observe(double value) {
    const auto place = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
    counts_[static_cast<std::size_t>(place)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }
  [[nodiscard]] std::span<const double, Count> bounds() const { return bounds_; }
  /// How many were in the bucket; one more bucket than bounds.
  [[nodiscard]] std::uint64_t count(std::size_t bucket) const {
    return counts_[bucket].load(std::memory_order_relaxed);
  }
  [[nodiscard]] double sum() const { return sum_.load(std::memory_order_relaxed); }

private:
  std::array<double, Count> bounds_;
  std::array<std::atomic<std::uint64_t>, Count + 1> counts_{};
  std::atomic<double> sum_{0};
};

}  // namespace parley
