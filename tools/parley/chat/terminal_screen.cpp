#include <fmt/format.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "tools/parley/chat/input_bytes.hpp"
#include "tools/parley/chat/screen.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/view/line_editor.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::chat {

namespace {

/// Every key at once and none of them shown, until it ends.
class raw_mode {
public:
  raw_mode() { ::tcgetattr(STDIN_FILENO, &before_); }
  ~raw_mode() { leave(); }
  raw_mode(const raw_mode&) = delete;
  raw_mode& operator=(const raw_mode&) = delete;

  void enter() {
    auto raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG | IEXTEN);
    raw.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL | INLCR);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    is_raw_ = ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
  }
  void leave() {
    if (is_raw_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
    is_raw_ = false;
  }

private:
  termios before_{};
  bool is_raw_ = false;
};

class terminal final : public screen {
public:
  explicit terminal(boost::asio::io_context& loop)
      : input_(loop), resized_(loop, SIGWINCH), colours_(commands::stdout_colouring()) {
    mode_.enter();
    write("\x1b[?2004h");
  }
  ~terminal() override { write("\r\x1b[K\x1b[?2004l"); }

  void start(handlers called) override {
    handlers_ = std::move(called);
    draw();
    await_resize();
    read();
  }

  void show(std::string_view lines) override {
    std::string text = "\r\x1b[K";
    for (const char each : lines) {
      if (each == '\n') text += "\x1b[K\r";
      text += each;
    }
    write(text + "\r\n" + input_row());
  }

  void note(std::string_view line) override {
    show(colours_ == view::colouring::on ? fmt::format("\x1b[2m-- {}\x1b[0m", line)
                                         : fmt::format("-- {}", line));
  }

  void prompt(const std::string& text) override {
    if (text == prompt_) return;
    prompt_ = text;
    draw();
  }

  /// A person is told that too much waits; keys are taken all the same.
  void take_input(bool) override {}
  bool is_terminal() const override { return true; }
  std::size_t rows() const override { return static_cast<std::size_t>(std::max(size().ws_row - 4, 4)); }

private:
  static winsize size() {
    winsize found{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &found) != 0 || found.ws_col == 0) found = {24, 80, 0, 0};
    return found;
  }

  static void write(std::string_view text) {
    while (!text.empty()) {
      const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  std::string input_row() const {
    const int columns = size().ws_col;
    auto before = prompt_;
    // At least half of the row is for what is typed.
    while (!before.empty() && view::columns_of(before) > columns / 2) {
      std::size_t end = before.size() - 1;
      while (end > 0 && (static_cast<unsigned char>(before[end]) & 0xc0U) == 0x80U) --end;
      before.erase(end);
    }
    before += "> ";
    const auto width = view::columns_of(before);
    const auto row = editor_.render(std::max(columns - width - 1, 8));
    return fmt::format("\r\x1b[K{}{}\r\x1b[{}C", before, row.text, width + row.cursor);
  }

  void draw() const { write(input_row()); }

  void await_resize() {
    resized_.async_wait([this](boost::system::error_code cancelled, int) {
      if (cancelled) return;
      draw();
      await_resize();
    });
  }

  void read() {
    input_.read([this](std::string_view bytes) {
      if (bytes.empty()) return handlers_.ended();
      auto events = editor_.feed(bytes);
      draw();
      for (auto& each : events) take(each);
      read();
    });
  }

  void take(view::key_event& event) {
    using key = view::key_event::kind;
    if (event.what == key::line) return handlers_.line(event.text);
    if (event.what == key::interrupt) return handlers_.interrupted();
    if (event.what == key::end) return handlers_.ended();
    if (event.what == key::clear) return write("\x1b[H\x1b[2J" + input_row());
    if (event.what == key::suspend) {
      write("\r\x1b[K\x1b[?2004l");
      mode_.leave();
      ::raise(SIGTSTP);
      // Here it goes on, after `fg`.
      mode_.enter();
      write("\x1b[?2004h" + input_row());
    }
  }

  raw_mode mode_;
  input_bytes input_;
  boost::asio::signal_set resized_;
  view::colouring colours_;
  handlers handlers_;
  view::line_editor editor_;
  std::string prompt_;
};

}  // namespace

std::unique_ptr<screen> terminal_screen(boost::asio::io_context& loop) {
  return std::make_unique<terminal>(loop);
}

bool is_terminal_here() {
  const char* kind = std::getenv("TERM");
  return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0 && kind != nullptr &&
         std::string_view{kind} != "dumb";
}

}  // namespace parley::chat
