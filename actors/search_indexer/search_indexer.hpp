#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_set>

#include "actors/contract/interfaces/local_only.hpp"
#include "actors/contract/interfaces/search_indexer_actor.hpp"
#include "actors/contract/values/ports/search_index.hpp"
#include "actors/inspection/metered.hpp"

namespace parley {

/// Detached in production, since indexing blocks. Hints are bounded: those that do not fit are found by
/// the next look into the log.
class search_indexer_state : public metered_state<search_indexer_actor, search_indexer_state> {
public:
  static inline const char* name = "search_indexer";

  explicit search_indexer_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior(std::shared_ptr<search_index> index);

private:
  static constexpr std::size_t hints_max = 10'000;

  void take(conversation_id written);
  void work();
  [[nodiscard]] bool look_into_log();
  [[nodiscard]] bool catch_up();

  std::shared_ptr<search_index> index_;
  std::unordered_set<conversation_id> written_;
  std::optional<caf::actor_clock::time_point> looked_at_;  // nothing: a look is due
};

search_indexer_actor::behavior_type search_indexer(search_indexer_state::self_pointer self,
                                                   std::shared_ptr<search_index> index);

}  // namespace parley
