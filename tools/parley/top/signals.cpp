#include "tools/parley/top/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>

namespace parley::top {

namespace {

sigset_t ours() {
  sigset_t all;
  ::sigemptyset(&all);
  for (const auto each : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH}) ::sigaddset(&all, each);
  return all;
}

}  // namespace

signals::signals() {
  const auto all = ours();
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  descriptor_ = ::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
}

signals::~signals() {
  ::close(descriptor_);
  const auto all = ours();
  ::pthread_sigmask(SIG_UNBLOCK, &all, nullptr);
}

std::optional<int> signals::next() const {
  signalfd_siginfo came{};
  if (::read(descriptor_, &came, sizeof came) != static_cast<ssize_t>(sizeof came)) return std::nullopt;
  return static_cast<int>(came.ssi_signo);
}

void signals::die_of(int signal) {
  std::signal(signal, SIG_DFL);
  sigset_t one;
  ::sigemptyset(&one);
  ::sigaddset(&one, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  ::raise(signal);
  std::_Exit(128 + signal);
}

}  // namespace parley::top
