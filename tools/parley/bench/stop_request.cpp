#include "tools/parley/bench/stop_request.hpp"

namespace parley::bench {

namespace {

volatile std::sig_atomic_t stop_came = 0;

void remember(int /*signal*/) { stop_came = 1; }

}  // namespace

stop_request::stop_request() {
  stop_came = 0;
  struct sigaction handler {};
  handler.sa_handler = remember;
  sigemptyset(&handler.sa_mask);
  sigaction(SIGINT, &handler, &interrupt_before_);
  sigaction(SIGTERM, &handler, &terminate_before_);
  sigaction(SIGHUP, &handler, &hang_up_before_);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &pipe_before_);
}

stop_request::~stop_request() {
  sigaction(SIGINT, &interrupt_before_, nullptr);
  sigaction(SIGTERM, &terminate_before_, nullptr);
  sigaction(SIGHUP, &hang_up_before_, nullptr);
  sigaction(SIGPIPE, &pipe_before_, nullptr);
}

bool stop_request::came() { return stop_came != 0; }

}  // namespace parley::bench
