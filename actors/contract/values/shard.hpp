#pragma once

#include <compare>
#include <cstdint>

#include "actors/contract/values/ids.hpp"

namespace parley {

/// How many shards a cluster has; a constant of the cluster, kept in its database since its first start.
inline constexpr std::int32_t shard_count = 1024;

/// Names a shard, 0 … shard_count - 1.
struct shard_index {
  std::int32_t value = 0;
  friend constexpr auto operator<=>(const shard_index&, const shard_index&) = default;
};

/// The shard of an id. splitmix64's finaliser spreads ids that are close to each other
/// (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
template <class Tag>
constexpr shard_index shard_of(strong_id<Tag> id) {
  auto bits = static_cast<std::uint64_t>(id.value) + 0x9e3779b97f4a7c15ULL;
  bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebULL;
  bits ^= bits >> 31U;
  return {static_cast<std::int32_t>(bits % static_cast<std::uint64_t>(shard_count))};
}

}  // namespace parley
