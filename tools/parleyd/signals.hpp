#pragma once

#include <atomic>
#include <csignal>

namespace parley {

/// SIGINT, SIGTERM and SIGHUP, blocked in every thread started afterwards and waited for by one.
class stop_signals {
public:
  stop_signals() {
    sigemptyset(&set_);
    for (const int each : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set_, each);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    // A peer that went away is an error code of the write, not a reason to end.
    std::signal(SIGPIPE, SIG_IGN);
  }

  /// Waits at most `wait_ms`; whether a signal to stop came.
  bool came_within(long wait_ms) const {
    const timespec wait{wait_ms / 1'000, (wait_ms % 1'000) * 1'000'000};
    siginfo_t how{};
    const int came = sigtimedwait(&set_, &how, &wait);
    if (came <= 0) return false;
    // From the kernel it means that the terminal has gone, and nobody could press Ctrl-C any more.
    if (came != SIGHUP || how.si_code == SI_KERNEL) return true;
    reload_asked_ = true;
    return false;
  }

  /// Whether SIGHUP was sent since this was last asked: files that may have been replaced are to be read
  /// again.
  bool reload_was_asked() const { return reload_asked_.exchange(false); }

private:
  sigset_t set_{};
  mutable std::atomic<bool> reload_asked_{false};
};

}  // namespace parley
