#include "tools/parley/top/way_out.hpp"

#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <string>

// The last ones: they define macros with everyday names.
#define NCURSES_NOMACROS 1
#include <curses.h>
#include <term.h>

namespace parley::top {

namespace {

constexpr std::array crashes{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

/// What a signal handler needs, which may not ask for it then.
struct kept_terminal {
  termios before{};
  std::array<char, 256> bytes{};
  std::size_t size = 0;
};
kept_terminal kept;

void restore_and_die(int signal) {
  [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, kept.bytes.data(), kept.size);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &kept.before);
  // The handler was reset: the signal ends the process as it would have.
  ::raise(signal);
}

void on_crash(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_NODEFER;
  for (const auto each : crashes) ::sigaction(each, &action, nullptr);
}

}  // namespace

void remember_terminal() { ::tcgetattr(STDIN_FILENO, &kept.before); }

void restore_on_crash() {
  // What a terminal is sent at the end: colours off, the cursor, keys, the screen from before.
  std::string all;
  for (const char* name : {"sgr0", "cnorm", "rmkx", "rmcup"}) {
    const char* sent = ::tigetstr(const_cast<char*>(name));
    // -1: it is no text.
    if (sent != nullptr && sent != reinterpret_cast<const char*>(-1)) all += sent;
  }
  kept.size = std::min(all.size(), kept.bytes.size());
  std::memcpy(kept.bytes.data(), all.data(), kept.size);
  on_crash(restore_and_die);
}

void forget_terminal() { on_crash(SIG_DFL); }

}  // namespace parley::top
