#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace parley::experiment {

/// Something done over and over on a thread of its own, until it is told to end.
class background {
public:
  /// Calls `turn` at once and then every so often; late turns are left out.
  background(std::chrono::milliseconds every, std::function<void()> turn)
      : thread_([this, every, turn = std::move(turn)] {
          auto next = std::chrono::steady_clock::now();
          std::unique_lock lock{mutex_};
          while (!is_over_) {
            lock.unlock();
            turn();
            next = std::max(next + every, std::chrono::steady_clock::now());
            lock.lock();
            over_.wait_until(lock, next, [this] { return is_over_; });
          }
        }) {}
  ~background() { end(); }
  background(const background&) = delete;
  background& operator=(const background&) = delete;

  /// Returns when it has ended.
  void end() {
    {
      const std::scoped_lock lock{mutex_};
      is_over_ = true;
    }
    over_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

private:
  std::mutex mutex_;
  std::condition_variable over_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace parley::experiment
