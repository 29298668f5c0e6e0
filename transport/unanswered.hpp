#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "actors/contract/values/limits.hpp"

namespace parley {

/// The requests of a connection that are unanswered: read, and the reply not yet handed to the kernel.
/// Replies come in any order; which of two requests one belongs to makes no difference to the bound.
class unanswered {
public:
  explicit unanswered(const limits& rules)
      : requests_max_(rules.unanswered_requests), bytes_max_(rules.unanswered_bytes) {}

  /// Whether another request may be read.
  [[nodiscard]] bool has_room() const { return requests_.size() < requests_max_ && bytes_ < bytes_max_; }
  void read(std::size_t bytes) {
    requests_.push_back(bytes);
    bytes_ += bytes;
  }
  /// A reply was written that has left once so many bytes have.
  void replied(std::uint64_t leaves_at) { replies_.push_back(leaves_at); }
  /// So many bytes have left since the beginning; whether that answered a request.
  bool left(std::uint64_t bytes_so_far) {
    std::size_t answered = 0;
    while (answered < replies_.size() && replies_[answered] <= bytes_so_far) ++answered;
    if (answered == 0) return false;
    replies_.erase(replies_.begin(), replies_.begin() + static_cast<std::ptrdiff_t>(answered));
    // A session that says more than it was asked answers nothing by it.
    answered = std::min(answered, requests_.size());
    for (std::size_t i = 0; i < answered; ++i) bytes_ -= requests_[i];
    requests_.erase(requests_.begin(), requests_.begin() + static_cast<std::ptrdiff_t>(answered));
    return answered > 0;
  }

  /// Gives back the memory that nobody needs while nothing is unanswered.
  void rest() {
    if (!requests_.empty() || !replies_.empty() || requests_.capacity() + replies_.capacity() == 0) return;
    std::vector<std::size_t>{}.swap(requests_);
    std::vector<std::uint64_t>{}.swap(replies_);
  }

private:
  const std::size_t requests_max_;
  const std::size_t bytes_max_;
  std::vector<std::size_t> requests_;   // bytes of each, oldest first
  std::vector<std::uint64_t> replies_;  // where each ends among the bytes sent
  std::size_t bytes_ = 0;
};

}  // namespace parley
