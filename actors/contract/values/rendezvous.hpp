#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "actors/contract/values/ids.hpp"
#include "actors/contract/values/shard.hpp"

namespace parley {

/// A node that may own shards, with the hash of its name.
struct candidate {
  incarnation_id incarnation;
  std::uint64_t name_hash = 0;
  friend bool operator==(const candidate&, const candidate&) = default;
};

/// FNV-1a, 64 bits (Fowler, Noll, Vo): the same on every node.
constexpr std::uint64_t hash_of_name(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

/// Who should own a shard: the candidate with the highest hash of itself and the shard (Thaler and
/// Ravishankar, "A Name-Based Mapping Scheme for Rendezvous", 1996). When one comes or goes, only the shards
/// that it gains or had move. By name, so that a node that is started again gets what it had. Nobody without
/// candidates.
constexpr incarnation_id rightful_owner(shard_index shard, std::span<const candidate> candidates) {
  incarnation_id best;
  std::uint64_t highest = 0;
  for (const auto& each : candidates) {
    // splitmix64's finaliser over both.
    auto bits = each.name_hash + 0x9e3779b97f4a7c15ULL * (static_cast<std::uint64_t>(shard.value) + 1);
    bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebULL;
    bits ^= bits >> 31U;
    if (best && (bits < highest || (bits == highest && each.incarnation < best))) continue;
    best = each.incarnation;
    highest = bits;
  }
  return best;
}

}  // namespace parley
