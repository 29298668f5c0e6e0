#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace parley {

/// Whether the node serves, for those outside the actors: `/readyz` and the program's main thread.
class node_status {
public:
  void set_ready() { change("", std::nullopt); }
  void set_not_ready(std::string because) { change(std::move(because), std::nullopt); }
  /// The node cannot serve and will not by itself; the first reason stays.
  void set_fatal(std::string why) { change(why, why); }

  /// The database's own name for its history; whether it was another one before.
  bool set_epoch(std::string epoch) {
    const std::scoped_lock lock{mutex_};
    const bool other = !epoch_.empty() && epoch_ != epoch;
    epoch_ = std::move(epoch);
    return other;
  }
  [[nodiscard]] std::string epoch() const {
    const std::scoped_lock lock{mutex_};
    return epoch_;
  }

  /// An operator asked the node to drain and end.
  void ask_to_drain() { drain_asked_.store(true); }
  [[nodiscard]] bool drain_was_asked() const { return drain_asked_.load(); }
  /// The node holds no shard any more and takes none.
  void set_drained() {
    {
      const std::scoped_lock lock{mutex_};
      drained_ = true;
    }
    changed_.notify_all();
  }
  /// Whether it has come to that by the deadline.
  template <class TimePoint>
  bool wait_until_drained(TimePoint deadline) {
    std::unique_lock lock{mutex_};
    return changed_.wait_until(lock, deadline, [this] { return drained_; });
  }

  [[nodiscard]] std::string not_ready_because() const {
    const std::scoped_lock lock{mutex_};
    return not_ready_because_;
  }
  [[nodiscard]] std::optional<std::string> fatal() const {
    const std::scoped_lock lock{mutex_};
    return fatal_;
  }
  /// Waits until ready or fatal, at most until the deadline; the reason when not ready by then.
  template <class TimePoint>
  std::string wait_until_settled(TimePoint deadline) {
    std::unique_lock lock{mutex_};
    changed_.wait_until(lock, deadline, [this] { return not_ready_because_.empty() || fatal_; });
    return not_ready_because_;
  }

private:
  void change(std::string because, std::optional<std::string> fatal) {
    {
      const std::scoped_lock lock{mutex_};
      if (fatal_) return;
      not_ready_because_ = std::move(because);
      fatal_ = std::move(fatal);
    }
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string not_ready_because_ = "the node is starting: its shards are not held yet";
  std::optional<std::string> fatal_;
  std::string epoch_;
  bool drained_ = false;
  std::atomic<bool> drain_asked_{false};
};

}  // namespace parley
