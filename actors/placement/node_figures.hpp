#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "actors/contract/values/cluster.hpp"

namespace parley {

/// What this process counted, as operators see it for each node. Asked once a beat: what is said of "the last
/// minute" is said of the last sixty times it was asked.
class figures_of_node {
public:
  node_figures now();

private:
  static constexpr std::size_t times_max = 60;
  static constexpr std::size_t bucket_count = 15;
  using buckets = std::array<std::uint64_t, bucket_count>;
  [[nodiscard]] std::int64_t p99_us(const buckets& since_then) const;

  std::deque<buckets> commits_;  // oldest first
};

}  // namespace parley
