#pragma once

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "actors/contract/values/ids.hpp"

namespace parley {

/// What members have read and the others have not been told yet: of each the furthest. Told at most once
/// a second, so that a hundred readers of one message are one event.
class receipts {
public:
  /// Whether somebody must see to it that `take` is called: nobody is going to yet.
  bool read(user_id user, sequence up_to) {
    auto& known = waiting_[user];
    known = std::max(known, up_to);
    return !std::exchange(due_, true);
  }
  std::vector<std::pair<user_id, sequence>> take() {
    due_ = false;
    std::vector<std::pair<user_id, sequence>> all(waiting_.begin(), waiting_.end());
    waiting_.clear();
    return all;
  }
  [[nodiscard]] bool empty() const { return waiting_.empty(); }

private:
  std::map<user_id, sequence> waiting_;  // members only: bounded by them
  bool due_ = false;
};

}  // namespace parley
