// Before any header that may include curses: functions, not macros named like everything.
#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1

#include "tools/parley/top/curses_terminal.hpp"

#include <curses.h>
#include <fmt/format.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <clocale>
#include <cstdlib>
#include <cwchar>

#include "tools/parley/top/text.hpp"
#include "tools/parley/top/way_out.hpp"

namespace parley::top {

namespace {

/// After Escape it takes so long until it is clear that no arrow key is meant.
constexpr int escape_delay_ms = 25;
std::string utf8_of(wint_t letter) {
  std::array<char, MB_LEN_MAX> bytes{};
  std::mbstate_t state{};
  const auto size = std::wcrtomb(bytes.data(), static_cast<wchar_t>(letter), &state);
  return size == static_cast<std::size_t>(-1) ? std::string{} : std::string(bytes.data(), size);
}

key key_of_code(wint_t code) {
  using name = key::name;
  switch (code) {
    case KEY_UP:
      return {name::up, ""};
    case KEY_DOWN:
      return {name::down, ""};
    case KEY_LEFT:
      return {name::left, ""};
    case KEY_RIGHT:
      return {name::right, ""};
    case KEY_PPAGE:
      return {name::page_up, ""};
    case KEY_NPAGE:
      return {name::page_down, ""};
    case KEY_HOME:
      return {name::home, ""};
    case KEY_END:
      return {name::end, ""};
    case KEY_ENTER:
      return {name::enter, ""};
    case KEY_BACKSPACE:
      return {name::backspace, ""};
    default:
      return {name::other, ""};
  }
}

key key_of_letter(wint_t letter) {
  using name = key::name;
  if (letter == L'\r' || letter == L'\n') return {name::enter, ""};
  if (letter == L'\t') return {name::tab, ""};
  if (letter == 0x1b) return {name::escape, ""};
  if (letter == 0x7f || letter == 0x08) return {name::backspace, ""};
  auto text = letter < 0x20 ? std::string{} : utf8_of(letter);
  return text.empty() ? key{name::other, ""} : key{name::text, std::move(text)};
}

}  // namespace

struct curses_terminal::parts {
  SCREEN* screen = nullptr;
  bool has_colours = false;
  bool is_utf8 = false;

  [[nodiscard]] attr_t attributes_of(look style) const {
    const auto colour = [this](short pair) {
      return has_colours ? static_cast<attr_t>(COLOR_PAIR(pair)) : 0U;
    };
    switch (style) {
      case look::plain:
        return A_NORMAL;
      case look::dim:
        return A_DIM;
      case look::strong:
        return A_BOLD;
      case look::name:
        return colour(1);
      case look::good:
        return colour(2);
      case look::warning:
        return A_BOLD | colour(3);
      case look::bad:
        return A_BOLD | colour(4);
      case look::heading:
        return A_BOLD | A_UNDERLINE;
      case look::chosen:
      case look::bar:
        return A_REVERSE;
    }
    return A_NORMAL;
  }

  void write(const std::string& text, look style) const {
    ::wattrset(stdscr, static_cast<int>(attributes_of(style)));
    const auto shown = is_utf8 ? text : as_ascii(text);
    ::waddnstr(stdscr, shown.c_str(), static_cast<int>(shown.size()));
  }
};

curses_terminal::curses_terminal(std::unique_ptr<parts> of) : parts_(std::move(of)) {}

client::outcome<std::unique_ptr<curses_terminal>> curses_terminal::open(view::colouring colours) {
  std::setlocale(LC_CTYPE, "");
  remember_terminal();
  auto made = std::make_unique<parts>();
  made->is_utf8 = std::string_view{::nl_langinfo(CODESET)} == "UTF-8";
  made->screen = ::newterm(nullptr, stdout, stdin);
  if (made->screen == nullptr) {
    const char* name = std::getenv("TERM");
    return client::problem{client::trouble::failed,
                           fmt::format("the terminal '{}' (TERM) is not known on this machine; with --plain "
                                       "lines are printed instead",
                                       name == nullptr ? "" : name)};
  }
  restore_on_crash();
  ::cbreak();
  ::noecho();
  ::nonl();
  ::keypad(stdscr, true);
  ::nodelay(stdscr, true);
  ::set_escdelay(escape_delay_ms);
  ::curs_set(0);
  made->has_colours = colours == view::colouring::on && ::has_colors();
  if (made->has_colours) {
    ::start_color();
    ::use_default_colors();
    short pair = 1;
    for (const auto colour : {COLOR_CYAN, COLOR_GREEN, COLOR_YELLOW, COLOR_RED})
      ::init_pair(pair++, static_cast<short>(colour), -1);
  }
  return std::unique_ptr<curses_terminal>{new curses_terminal{std::move(made)}};
}

curses_terminal::~curses_terminal() {
  ::endwin();
  forget_terminal();
  ::delscreen(parts_->screen);
}

size curses_terminal::measure() {
  winsize found{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &found) == 0 && found.ws_col > 0 && found.ws_row > 0 &&
      (found.ws_col != ::getmaxx(stdscr) || found.ws_row != ::getmaxy(stdscr)))
    ::resizeterm(found.ws_row, found.ws_col);
  return {::getmaxx(stdscr), ::getmaxy(stdscr)};
}

void curses_terminal::show(const picture& what) {
  ::werase(stdscr);
  const auto columns = ::getmaxx(stdscr);
  for (std::size_t i = 0; i < what.rows.size(); ++i) {
    const auto& row = what.rows[i];
    ::wmove(stdscr, static_cast<int>(i), 0);
    for (const auto& each : row.spans)
      parts_->write(each.text, row.whole == look::plain ? each.style : row.whole);
    // To the right edge. Where the row is full, the cursor is at the next one already.
    if (row.whole != look::plain && ::getcury(stdscr) == static_cast<int>(i))
      parts_->write(std::string(static_cast<std::size_t>(columns - ::getcurx(stdscr)), ' '), row.whole);
  }
  ::curs_set(what.cursor_row >= 0 ? 1 : 0);
  if (what.cursor_row >= 0) ::wmove(stdscr, what.cursor_row, what.cursor_column);
  ::wrefresh(stdscr);
}

std::vector<key> curses_terminal::keys() {
  std::vector<key> pressed;
  wint_t code = 0;
  for (int what = 0; (what = ::wget_wch(stdscr, &code)) != ERR;) {
    if (what == KEY_CODE_YES && code == KEY_RESIZE) continue;
    pressed.push_back(what == KEY_CODE_YES ? key_of_code(code) : key_of_letter(code));
  }
  return pressed;
}

bool curses_terminal::has_ended() const {
  int waiting = 0;
  return ::ioctl(STDIN_FILENO, FIONREAD, &waiting) != 0 || ::isatty(STDIN_FILENO) == 0;
}

void curses_terminal::leave() { ::endwin(); }

void curses_terminal::enter() {
  ::clearok(stdscr, true);
  ::wrefresh(stdscr);
}

}  // namespace parley::top
