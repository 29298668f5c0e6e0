#pragma once

#include <csignal>

namespace parley {

/// SIGINT and SIGTERM, blocked in every thread started afterwards and waited for by one.
class stop_signals {
public:
  stop_signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    // A peer that went away is an error code of the write, not a reason to end.
    std::signal(SIGPIPE, SIG_IGN);
  }

  /// Waits at most `wait_ms`; whether a signal came.
  bool came_within(long wait_ms) const {
    const timespec wait{wait_ms / 1'000, (wait_ms % 1'000) * 1'000'000};
    return sigtimedwait(&set_, nullptr, &wait) > 0;
  }

private:
  sigset_t set_{};
};

}  // namespace parley
