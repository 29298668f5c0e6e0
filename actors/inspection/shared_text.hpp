#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

namespace parley {

/// Held for the time of a copy; nearly always free.
class short_lock {
public:
  void lock() {
    while (taken_.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
  }
  void unlock() { taken_.clear(std::memory_order_release); }

private:
  std::atomic_flag taken_;
};

/// A text that its owner changes now and then, and that any thread may read.
class shared_text {
public:
  void set(const std::string& text) {
    const std::scoped_lock lock{mutex_};
    text_ = text;
  }
  [[nodiscard]] std::string get() const {
    const std::scoped_lock lock{mutex_};
    return text_;
  }

private:
  mutable short_lock mutex_;
  std::string text_;
};

}  // namespace parley
