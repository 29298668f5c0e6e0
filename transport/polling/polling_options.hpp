#pragma once

#include <chrono>
#include <cstddef>

namespace parley {

struct polling_options {
  std::chrono::milliseconds idle_timeout{60'000};  // without a call, a session ends
  std::size_t sessions_max = 10'000;               // of the node; each may hold `limits.outbox_bytes`
};

}  // namespace parley
