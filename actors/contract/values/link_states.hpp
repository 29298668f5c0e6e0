#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "actors/contract/values/ids.hpp"

namespace parley {

/// What one link of this node is about, for those who show it. The link writes, anybody reads.
struct link_state {
  incarnation_id peer;
  std::atomic<bool> is_up{false};
  std::atomic<std::int64_t> oldest_since_ms{0};  // on the steady clock; 0: everything is acknowledged
  std::atomic<std::uint64_t> kept_messages{0};   // not acknowledged
  std::atomic<std::uint64_t> kept_bytes{0};

  /// How old the oldest message is that the peer has not acknowledged.
  [[nodiscard]] std::chrono::milliseconds lag() const {
    const auto since = oldest_since_ms.load(std::memory_order_relaxed);
    if (since == 0) return std::chrono::milliseconds{0};
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
    return std::max(now - std::chrono::milliseconds{since}, std::chrono::milliseconds{0});
  }
};

/// All links of this process.
class link_states {
public:
  using state = std::shared_ptr<const link_state>;
  void add(state of) {
    const std::scoped_lock lock{mutex_};
    all_.push_back(std::move(of));
  }
  void remove(const state& of) {
    const std::scoped_lock lock{mutex_};
    std::erase(all_, of);
  }
  [[nodiscard]] std::vector<state> all() const {
    const std::scoped_lock lock{mutex_};
    return all_;
  }
  /// Of the slowest link.
  [[nodiscard]] std::chrono::milliseconds lag() const {
    std::chrono::milliseconds most{0};
    for (const auto& each : all()) most = std::max(most, each->lag());
    return most;
  }

private:
  mutable std::mutex mutex_;
  std::vector<state> all_;
};

inline link_states links_of_this_node;

}  // namespace parley
