#include "actors/shard/known_heads.hpp"

#include <algorithm>

namespace parley {

void known_heads::written(conversation_id id, sequence head) {
  if (const auto known = heads_.find(id); known != heads_.end()) {
    known->second->second = std::max(known->second->second, head);
    order_.splice(order_.begin(), order_, known->second);
    return;
  }
  if (heads_.size() >= conversations_max_) {
    heads_.erase(order_.back().first);
    order_.pop_back();
  }
  order_.emplace_front(id, head);
  heads_.emplace(id, order_.begin());
}

sequence known_heads::of(conversation_id id) const {
  const auto known = heads_.find(id);
  return known == heads_.end() ? 0 : known->second->second;
}

void known_heads::clear() {
  heads_.clear();
  order_.clear();
}

}  // namespace parley
