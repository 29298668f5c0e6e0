#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tools/parley/top/asker.hpp"

namespace parley::top {

/// An asker in a thread of its own, so that keys are taken while a node thinks. One question at a time.
class background {
public:
  explicit background(asker asks);
  /// Waits for the call that is under way: at most as long as a call may take.
  ~background();
  background(const background&) = delete;
  background& operator=(const background&) = delete;

  /// Becomes readable when something was answered; `take_…` resets it.
  [[nodiscard]] int readable() const { return event_; }
  [[nodiscard]] bool is_busy() const;
  /// Only when it is not busy.
  void ask(std::vector<question> questions);
  void set_level(std::string level);

  std::optional<answers> take_answers();
  std::optional<client::outcome<std::string>> take_level();

private:
  void run();
  void wake() const;

  asker asks_;
  int event_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  bool is_busy_ = false;
  std::vector<question> questions_;
  std::string level_;
  std::optional<answers> told_;
  std::optional<client::outcome<std::string>> level_told_;
  std::thread thread_;
};

}  // namespace parley::top
