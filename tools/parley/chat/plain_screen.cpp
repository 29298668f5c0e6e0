#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <cstdio>

#include "tools/parley/chat/input_bytes.hpp"
#include "tools/parley/chat/screen.hpp"
#include "tools/parley/commands/output.hpp"

namespace parley::chat {

namespace {

/// Longer than the longest text in its longest form.
constexpr std::size_t line_bytes_max = 400'000;

class plain final : public screen {
public:
  explicit plain(boost::asio::io_context& loop) : loop_(loop), input_(loop) {}

  void start(handlers called) override {
    handlers_ = std::move(called);
    go_on();
  }
  void show(std::string_view lines) override { commands::print_line(lines); }
  void note(std::string_view line) override { commands::say(fmt::format("* {}", line)); }
  void prompt(const std::string&) override {}
  void take_input(bool is_wanted) override {
    if (is_wanted == is_wanted_) return;
    is_wanted_ = is_wanted;
    if (is_wanted) boost::asio::post(loop_, [this] { go_on(); });
  }
  bool is_terminal() const override { return false; }
  std::size_t rows() const override { return 20; }

private:
  /// Hands on the lines that are there, one by one: each may be the last for now.
  void go_on() {
    while (is_wanted_) {
      const auto end = bytes_.find('\n');
      if (end == std::string::npos) break;
      const auto line = bytes_.substr(0, end);
      bytes_.erase(0, end + 1);
      if (is_skipping_) {
        is_skipping_ = false;
        continue;
      }
      handlers_.line(line);
    }
    if (!is_wanted_ || is_reading_ || has_ended_) return;
    if (bytes_.size() > line_bytes_max) {
      note("a line on stdin is longer than any message may be; it was not sent");
      bytes_.clear();
      is_skipping_ = true;
    }
    is_reading_ = true;
    input_.read([this](std::string_view more) { take(more); });
  }

  void take(std::string_view more) {
    is_reading_ = false;
    if (!more.empty()) {
      bytes_ += more;
      return go_on();
    }
    has_ended_ = true;
    // The last line may be without its end.
    if (!bytes_.empty() && !is_skipping_) handlers_.line(std::exchange(bytes_, {}));
    handlers_.ended();
  }

  boost::asio::io_context& loop_;
  input_bytes input_;
  handlers handlers_;
  std::string bytes_;
  bool is_wanted_ = true;
  bool is_reading_ = false;
  bool is_skipping_ = false;
  bool has_ended_ = false;
};

}  // namespace

std::unique_ptr<screen> plain_screen(boost::asio::io_context& loop) { return std::make_unique<plain>(loop); }

}  // namespace parley::chat
