#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "actors/contract/values/ports/outbox.hpp"

namespace parley {

/// What waits to be written to a connection, filled from any thread and emptied by the connection's own.
/// Events over the bound are refused and the refusal remembered; replies always fit, since requests are
/// bounded where they are read.
class send_queue {
public:
  struct item {
    frame content;
    bool is_reply = false;
  };
  struct ending {
    close_code code;
    std::string reason;
  };

  explicit send_queue(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// The second is whether the connection's thread must be woken.
  std::pair<outbox::admission, bool> push_event(frame event) {
    const std::scoped_lock lock{mutex_};
    if (ending_ || dead_) return {outbox::admission::closed, false};
    if (bytes_ != 0 && bytes_ + event->bytes.size() > bytes_max_) {
      refused_ = true;
      return {outbox::admission::full, false};
    }
    return {outbox::admission::accepted, add({std::move(event), false})};
  }
  bool push_reply(frame reply) {
    const std::scoped_lock lock{mutex_};
    if (ending_ || dead_) return false;
    return add({std::move(reply), true});
  }
  bool close(close_code code, std::string reason) {
    const std::scoped_lock lock{mutex_};
    if (ending_ || dead_) return false;
    ending_ = ending{code, std::move(reason)};
    return !std::exchange(woken_, true);
  }
  /// Nothing is sent any more.
  void die() {
    const std::scoped_lock lock{mutex_};
    dead_ = true;
    waiting_.clear();
  }

  /// The thread is awake: what to write next, if anything.
  std::optional<item> take() {
    const std::scoped_lock lock{mutex_};
    woken_ = false;
    if (waiting_.empty()) return std::nullopt;
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    return next;
  }
  /// An item has been written; whether there is room again after a refusal.
  bool written(const item& done) {
    const std::scoped_lock lock{mutex_};
    bytes_ -= done.content->bytes.size();
    return bytes_ <= bytes_max_ / 2 && std::exchange(refused_, false);
  }
  /// Why the connection is to be closed, once everything before has been taken.
  std::optional<ending> end() {
    const std::scoped_lock lock{mutex_};
    if (!waiting_.empty()) return std::nullopt;
    return ending_;
  }

private:
  bool add(item next) {
    bytes_ += next.content->bytes.size();
    waiting_.push_back(std::move(next));
    return !std::exchange(woken_, true);
  }

  const std::size_t bytes_max_;
  std::mutex mutex_;
  std::deque<item> waiting_;
  std::size_t bytes_ = 0;
  std::optional<ending> ending_;
  bool refused_ = false;
  bool woken_ = false;
  bool dead_ = false;
};

}  // namespace parley
