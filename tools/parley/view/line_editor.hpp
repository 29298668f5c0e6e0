#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace parley::view {

/// What somebody at the keyboard did.
struct key_event {
  enum class kind {
    line,       // a line was entered: `text`
    interrupt,  // Ctrl-C
    end,        // Ctrl-D on an empty line
    suspend,    // Ctrl-Z
    clear,      // Ctrl-L
  };
  kind what = kind::line;
  std::string text;
};

/// One line of input that can be edited: keys in, text and cursor out. It draws nothing and knows no
/// terminal.
///
/// Left, right, home, end, delete, Ctrl-A E B F K U W, up and down for earlier lines. A pasted text
/// (bracketed paste) is inserted with its line ends and entered by the key Enter only.
class line_editor {
public:
  /// Takes what was typed; half a sequence is kept for the next call.
  std::vector<key_event> feed(std::string_view bytes);

  const std::string& text() const { return text_; }

  /// The input in one row of `columns`, scrolled sideways so that the cursor is visible.
  struct row {
    std::string text;
    int cursor = 0;  // column within `text`
  };
  row render(int columns) const;

  static constexpr std::size_t text_bytes_max = 400'000;
  static constexpr std::size_t earlier_max = 200;

private:
  std::size_t take_key(std::string_view bytes, std::vector<key_event>& events);
  std::size_t take_escape(std::string_view bytes);
  void take_control(char key, std::vector<key_event>& events);
  void insert(std::string_view text);
  void enter(std::vector<key_event>& events);
  void erase_to(std::size_t place);
  void look_back(int by);
  std::size_t before(std::size_t place) const;
  std::size_t after(std::size_t place) const;
  std::size_t word_before() const;

  std::string text_;
  std::size_t cursor_ = 0;  // a byte, at the beginning of a code point
  std::string rest_;        // bytes of an unfinished sequence
  std::deque<std::string> earlier_;
  std::size_t looking_at_ = 0;  // index into earlier_; its size: the line being written
  std::string written_;         // that line, while an earlier one is looked at
  bool is_pasting_ = false;
};

}  // namespace parley::view
