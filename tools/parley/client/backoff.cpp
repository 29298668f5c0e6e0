#include "tools/parley/client/backoff.hpp"

#include <algorithm>

namespace parley::client {

std::chrono::milliseconds reconnect_backoff::next() {
  constexpr std::int64_t first_ms = 5'000;
  constexpr std::int64_t longest_ms = 60'000;
  auto doublings = tries_;
  if (tries_ < 16) ++tries_;
  if (first_ == first_try::at_once) {
    if (doublings == 0) return std::chrono::milliseconds{0};
    --doublings;
  }
  const auto bound = std::min(first_ms << std::min(doublings, 10U), longest_ms);
  return std::chrono::milliseconds{std::uniform_int_distribution<std::int64_t>{0, bound}(random_)};
}

}  // namespace parley::client
