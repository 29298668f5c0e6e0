#pragma once

#include <memory>

#include "actors/contract/interfaces/directory.hpp"
#include "actors/contract/interfaces/local_only.hpp"
#include "actors/contract/interfaces/log_reader_actor.hpp"
#include "actors/inspection/metered.hpp"

namespace parley {

/// A reader connection as an actor. Detached in production, since every question blocks.
class log_reader_state : public metered_state<log_reader_actor, log_reader_state> {
public:
  static inline const char* name = "log_reader";

  explicit log_reader_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior(std::shared_ptr<log_queries> log, std::shared_ptr<const directory> where);

private:
  std::shared_ptr<log_queries> log_;
  std::shared_ptr<const directory> where_;
};

log_reader_actor::behavior_type log_reader(log_reader_state::self_pointer self,
                                           std::shared_ptr<log_queries> log,
                                           std::shared_ptr<const directory> where);

}  // namespace parley
