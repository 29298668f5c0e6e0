#pragma once

#include <csignal>

namespace parley::bench {

/// While it lives, Ctrl-C, SIGTERM and SIGHUP are remembered instead of ending the program, so that a run can
/// say what it has and take down what it started. System calls that wait come back (EINTR).
class stop_request {
public:
  stop_request();
  ~stop_request();
  stop_request(const stop_request&) = delete;
  stop_request& operator=(const stop_request&) = delete;

  /// Whether a signal has come since the newest stop_request was made.
  static bool came();

private:
  struct sigaction interrupt_before_ {};
  struct sigaction terminate_before_ {};
  struct sigaction hang_up_before_ {};
  struct sigaction pipe_before_ {};
};

}  // namespace parley::bench
