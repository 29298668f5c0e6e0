#include "tools/parley/top/live.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>

#include "tools/parley/commands/output.hpp"
#include "tools/parley/top/background.hpp"
#include "tools/parley/top/curses_terminal.hpp"
#include "tools/parley/top/signals.hpp"

namespace parley::top {

namespace {

using clock = std::chrono::steady_clock;

/// The terminal, the cluster and the app brought together.
class live_view {
public:
  live_view(const signals& heard, curses_terminal& shown, background& asked, app& what,
            std::chrono::milliseconds every)
      : heard_(heard), shown_(shown), asked_(asked), app_(what), every_(every) {}

  /// The signal that ended it; nothing when somebody quit.
  std::optional<int> run() {
    screen_ = shown_.measure();
    next_ = clock::now();
    while (!is_over_) {
      shown_.show(app_.draw(screen_));
      ask_what_is_due();
      wait();
      take_signals();
      take_keys();
      take_answers();
    }
    return ended_by_;
  }

private:
  void ask_what_is_due() {
    if (asked_.is_busy()) return;
    if (!level_.empty()) {
      asked_.set_level(std::exchange(level_, {}));
      wants_answer_ = true;
      return;
    }
    const auto is_due = !app_.is_paused() && clock::now() >= next_;
    if (!is_due && !wants_answer_) return;
    wants_answer_ = false;
    if (is_due) next_ = std::max(next_ + every_, clock::now());
    asked_.ask(app_.questions());
  }

  void wait() {
    // Woken by whatever comes; a paused app waits for keys only.
    int timeout = -1;
    if (!asked_.is_busy() && !app_.is_paused())
      timeout = static_cast<int>(std::max<std::int64_t>(
          0, std::chrono::ceil<std::chrono::milliseconds>(next_ - clock::now()).count()));
    std::array<pollfd, 3> on{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{heard_.readable(), POLLIN, 0},
                             pollfd{asked_.readable(), POLLIN, 0}};
    ::poll(on.data(), on.size(), timeout);
    has_keys_ = on[0].revents != 0;
  }

  void take_signals() {
    while (const auto signal = heard_.next()) {
      if (*signal == SIGWINCH) {
        screen_ = shown_.measure();
      } else if (*signal == SIGTSTP) {
        shown_.leave();
        ::raise(SIGSTOP);
        // Here it goes on, after `fg`.
        shown_.enter();
        screen_ = shown_.measure();
      } else {
        is_over_ = true;
        // Ctrl-C is how one leaves such a view.
        if (*signal != SIGINT) ended_by_ = signal;
      }
    }
  }

  void take_keys() {
    if (!has_keys_ || is_over_) return;
    const auto pressed = shown_.keys();
    if (pressed.empty() && has_nothing_to_read()) {
      is_over_ = true;
      ended_by_ = SIGHUP;
    }
    for (const auto& each : pressed) take_effect(app_.press(each));
  }

  /// Readable and yet empty: nobody is at the other end.
  [[nodiscard]] bool has_nothing_to_read() const {
    pollfd on{STDIN_FILENO, POLLIN, 0};
    return shown_.has_ended() ||
           (::poll(&on, 1, 0) == 1 && (on.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0);
  }

  void take_effect(effect what) {
    if (what == effect::quit) is_over_ = true;
    if (what == effect::ask) wants_answer_ = true;
    if (what == effect::count_actors) level_ = "counts";
    if (what == effect::count_edges) level_ = "edges";
    if (what == effect::count_less) level_ = "kinds";
  }

  void take_answers() {
    // The answers first: what is said of a level stays until the next key.
    if (const auto told = asked_.take_answers()) {
      const auto before = app_.questions().size();
      app_.take(*told);
      // Some are asked for only once something is known.
      if (app_.questions().size() > before) wants_answer_ = true;
    }
    if (const auto told = asked_.take_level()) app_.take_level(*told);
  }

  const signals& heard_;
  curses_terminal& shown_;
  background& asked_;
  app& app_;
  std::chrono::milliseconds every_;
  size screen_;
  clock::time_point next_;
  std::string level_;
  bool wants_answer_ = false;
  bool has_keys_ = false;
  bool is_over_ = false;
  std::optional<int> ended_by_;
};

}  // namespace

client::outcome<void> show_live(asker asks, const app_settings& settings) {
  app shown{settings};
  // The first question before anything is drawn: what is wrong then is for the shell.
  const auto first = asks.ask(shown.questions());
  for (const auto& [asked, got] : first.parts)
    if (got.has_error()) return got.error();
  shown.take(first);
  const signals heard;
  std::optional<int> ended_by;
  background asked{std::move(asks)};
  {
    auto terminal = curses_terminal::open(commands::stdout_colouring());
    if (terminal.has_error()) return terminal.error();
    ended_by = live_view{heard, **terminal, asked, shown, settings.every}.run();
  }
  if (ended_by) signals::die_of(*ended_by);
  // Nobody waits for an answer that nobody will see.
  if (asked.is_busy()) std::_Exit(EXIT_SUCCESS);
  return {};
}

}  // namespace parley::top
