#pragma once

#include <memory>
#include <vector>

#include "tools/parley/client/problem.hpp"
#include "tools/parley/top/app.hpp"
#include "tools/parley/top/picture.hpp"
#include "tools/parley/view/entry_text.hpp"

namespace parley::top {

/// The terminal of this process, by ncurses. While it lives, the terminal shows pictures and gives each key
/// at once; when it ends, also by a crash, the terminal is as it was. There is one at a time.
class curses_terminal {
public:
  /// A problem when the terminal (TERM) is not known on this machine.
  static client::outcome<std::unique_ptr<curses_terminal>> open(view::colouring colours);
  ~curses_terminal();
  curses_terminal(const curses_terminal&) = delete;
  curses_terminal& operator=(const curses_terminal&) = delete;

  /// How large the terminal is now; call it again after SIGWINCH.
  size measure();
  void show(const picture& what);
  /// The keys that were pressed; does not wait for any.
  std::vector<key> keys();
  /// Whether nobody can press a key any more: the terminal is gone.
  [[nodiscard]] bool has_ended() const;
  /// Gives the terminal back for a while, and takes it again.
  void leave();
  void enter();

private:
  struct parts;
  explicit curses_terminal(std::unique_ptr<parts> of);
  std::unique_ptr<parts> parts_;
};

}  // namespace parley::top
