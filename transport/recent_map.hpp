#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>

namespace parley {

/// Remembers something of the keys asked for most recently, at most `entries_max` of them.
///
/// In two generations: when the younger one is half of all, the older one is forgotten. A key that is asked
/// for becomes young again, so what is in use stays, whoever floods the map with others; each step costs the
/// same. Not for several threads at once.
template <class Value>
class recent_map {
public:
  explicit recent_map(std::size_t entries_max) : half_(std::max<std::size_t>(entries_max / 2, 1)) {}

  /// What is remembered of the key, or nothing; good until the next call.
  Value* find(const std::string& key) {
    if (const auto found = young_.find(key); found != young_.end()) return &found->second;
    const auto found = old_.find(key);
    if (found == old_.end()) return nullptr;
    auto kept = std::move(found->second);
    old_.erase(found);
    return &add(key, std::move(kept));
  }

  /// The same; a key that is not remembered begins with `fresh`.
  Value& find_or_add(const std::string& key, Value fresh) {
    if (auto* known = find(key)) return *known;
    return add(key, std::move(fresh));
  }

  [[nodiscard]] std::size_t size() const { return young_.size() + old_.size(); }

private:
  Value& add(const std::string& key, Value value) {
    if (young_.size() >= half_) {
      old_ = std::move(young_);
      young_.clear();
    }
    return young_.insert_or_assign(key, std::move(value)).first->second;
  }

  const std::size_t half_;
  std::unordered_map<std::string, Value> young_;
  std::unordered_map<std::string, Value> old_;
};

}  // namespace parley
