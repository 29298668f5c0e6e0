#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>
#include <utility>

#include "actors/contract/values/ids.hpp"

namespace parley {

/// The heads of the conversations written last in a shard, told to whoever subscribes: who missed
/// something sees it. Bounded; of a forgotten one nothing is told, and the subscriber's own read decides.
class known_heads {
public:
  explicit known_heads(std::size_t conversations_max = 4'096) : conversations_max_(conversations_max) {}

  void written(conversation_id id, sequence head);
  /// 0 when not known.
  [[nodiscard]] sequence of(conversation_id id) const;
  void clear();

private:
  using by_use = std::list<std::pair<conversation_id, sequence>>;
  std::size_t conversations_max_;
  by_use order_;  // written last in front
  std::unordered_map<conversation_id, by_use::iterator> heads_;
};

}  // namespace parley
