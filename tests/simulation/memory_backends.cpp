#include "tests/simulation/memory_backends.hpp"

#include <utility>

namespace parley::simulation {

backend_number memory_backends::begin(std::string name) {
  names_.emplace(++last_, std::move(name));
  return last_;
}

void memory_backends::end(backend_number which) {
  if (names_.erase(which) == 0) return;
  std::vector<shard_index> freed;
  for (std::int32_t i = 0; i < shard_count; ++i)
    if (holder_of({i}) == which) freed.push_back({i});
  for (const auto shard : freed) shards_[static_cast<std::size_t>(shard.value)] = 0;
  std::erase_if(nodes_, [&](const auto& held) { return held.second == which; });
  if (!freed.empty()) listener_(which, freed, false);
}

void memory_backends::end_all_named(const std::function<bool(std::string_view name)>& condition) {
  std::vector<backend_number> concerned;
  for (const auto& [which, name] : names_)
    if (condition(name)) concerned.push_back(which);
  for (const auto which : concerned) end(which);
}

std::string memory_backends::name_of(backend_number which) const {
  const auto found = names_.find(which);
  return found == names_.end() ? std::string{} : found->second;
}

std::vector<shard_index> memory_backends::try_locks(backend_number who, std::span<const shard_index> shards) {
  std::vector<shard_index> held;
  std::vector<shard_index> fresh;
  for (const auto shard : shards) {
    auto& holder = shards_[static_cast<std::size_t>(shard.value)];
    if (holder == 0) {
      holder = who;
      fresh.push_back(shard);
    }
    if (holder == who) held.push_back(shard);
  }
  if (!fresh.empty()) listener_(who, fresh, true);
  return held;
}

void memory_backends::give_back(backend_number who, std::span<const shard_index> shards) {
  std::vector<shard_index> freed;
  for (const auto shard : shards) {
    auto& holder = shards_[static_cast<std::size_t>(shard.value)];
    if (holder != who) continue;
    holder = 0;
    freed.push_back(shard);
  }
  if (!freed.empty()) listener_(who, freed, false);
}

}  // namespace parley::simulation
