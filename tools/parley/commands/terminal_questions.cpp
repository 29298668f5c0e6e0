#include "tools/parley/commands/terminal_questions.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace parley::commands {

namespace {

/// The terminal of this process, in a mode where nothing typed is shown and Ctrl-C is only a character.
class silent_terminal {
public:
  silent_terminal() : descriptor_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (descriptor_ < 0 || ::tcgetattr(descriptor_, &before_) != 0) return;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG | IEXTEN);
    silent.c_cc[VMIN] = 1;
    silent.c_cc[VTIME] = 0;
    is_ready_ = ::tcsetattr(descriptor_, TCSAFLUSH, &silent) == 0;
  }
  ~silent_terminal() {
    if (is_ready_) ::tcsetattr(descriptor_, TCSAFLUSH, &before_);
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  silent_terminal(const silent_terminal&) = delete;
  silent_terminal& operator=(const silent_terminal&) = delete;

  bool is_ready() const { return is_ready_; }

  void write(std::string_view text) {
    while (!text.empty()) {
      const auto written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  /// A line; nothing after Ctrl-C, Ctrl-D at its beginning, or the end of the terminal.
  std::optional<std::string> read_line(bool is_shown) {
    constexpr std::size_t bytes_max = 4'096;
    std::string line;
    for (;;) {
      char key = 0;
      const auto got = ::read(descriptor_, &key, 1);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0 || key == '\x03' || (key == '\x04' && line.empty())) return write("\n"), std::nullopt;
      if (key == '\r' || key == '\n') return write("\n"), line;
      if (key == '\x15') line.clear();
      if (key == '\x7f' || key == '\b') {
        while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xc0U) == 0x80U) line.pop_back();
        if (!line.empty()) {
          line.pop_back();
          if (is_shown) write("\b \b");
        }
        continue;
      }
      if (static_cast<unsigned char>(key) < 0x20 || line.size() >= bytes_max) continue;
      line += key;
      if (is_shown) write({&key, 1});
    }
  }

private:
  int descriptor_;
  termios before_{};
  bool is_ready_ = false;
};

}  // namespace

bool can_ask() {
  const int descriptor = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (descriptor >= 0) ::close(descriptor);
  return descriptor >= 0;
}

std::optional<std::string> ask_secret(const std::string& question) {
  silent_terminal terminal;
  if (!terminal.is_ready()) return std::nullopt;
  terminal.write(question);
  return terminal.read_line(false);
}

bool ask_yes(const std::string& question) {
  silent_terminal terminal;
  if (!terminal.is_ready()) return false;
  terminal.write(question);
  const auto answer = terminal.read_line(true);
  return answer && (*answer == "y" || *answer == "Y" || *answer == "yes");
}

}  // namespace parley::commands
