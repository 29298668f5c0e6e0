#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace parley::view {

/// What becomes of line ends in other people's text.
enum class line_ends {
  escape,  // `\n`, in two characters: one entry stays one line
  keep,    // a real line end: for a screen that indents what follows
};

/// The text with nothing in it that could command a terminal or turn the reading direction: controls
/// (C0, DEL, C1), bidirectional overrides and isolates, line and paragraph separators and malformed UTF-8
/// become U+FFFD; a tab becomes a space.
std::string safe_text(std::string_view text, line_ends ends = line_ends::escape);

/// One code point of UTF-8 text.
struct code_point {
  char32_t value = 0;
  std::size_t bytes = 0;  // 1 when malformed: skip that byte
  bool is_valid = false;
};

/// The code point at the beginning of a text that is not empty.
code_point first_code_point(std::string_view text);

/// How many columns a terminal gives to a code point: 0, 1 or 2.
int columns_of(char32_t value);

/// How many columns a terminal gives to a text without controls.
int columns_of(std::string_view text);

}  // namespace parley::view
