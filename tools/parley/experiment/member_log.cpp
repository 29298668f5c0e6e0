#include "tools/parley/experiment/member_log.hpp"

#include <algorithm>

namespace parley::experiment {

bool member_log::take(std::uint64_t seq) {
  head_ = std::max(head_, seq);
  if (seq <= have_ || !beyond_.insert(seq).second) return false;
  while (!beyond_.empty() && *beyond_.begin() == have_ + 1) {
    ++have_;
    beyond_.erase(beyond_.begin());
  }
  return true;
}

void member_log::expect(std::uint64_t head) { head_ = std::max(head_, head); }

std::optional<std::uint64_t> member_log::missing_after() const {
  return have_ < head_ ? std::optional{have_} : std::nullopt;
}

}  // namespace parley::experiment
