#pragma once

#include <optional>

#include "actors/contract/values/ids.hpp"

namespace parley {

/// Whether a user is there, as others see it. `last_seen` only of who is not, and only when it is known.
struct presence_state {
  user_id user;
  bool online = false;
  std::optional<timestamp_ms> last_seen;
  friend bool operator==(const presence_state&, const presence_state&) = default;
};

}  // namespace parley
