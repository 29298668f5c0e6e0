#pragma once

#include "actors/contract/values/ids.hpp"

namespace parley {

/// Two conversations, for tests of what keeps them apart.
inline constexpr conversation_id room{7};
inline constexpr conversation_id hall{8};

}  // namespace parley
