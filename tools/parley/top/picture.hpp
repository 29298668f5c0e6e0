#pragma once

#include <string>
#include <utility>
#include <vector>

namespace parley::top {

/// How something looks where the terminal has colours; what it means can be read without them.
enum class look { plain, dim, strong, name, good, warning, bad, heading, chosen, bar };

/// A text without controls, in one look.
struct span {
  std::string text;
  look style = look::plain;
};

/// One row of the screen. `whole` is the look of all of it, up to the right edge, when it is not `plain`.
struct line {
  std::vector<span> spans;
  look whole = look::plain;

  line() = default;
  line(std::string text, look style) { spans.push_back({std::move(text), style}); }
  line& add(std::string text, look style = look::plain) {
    spans.push_back({std::move(text), style});
    return *this;
  }
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const auto& each : spans) all += each.text;
    return all;
  }
};

/// Columns and rows of a terminal.
struct size {
  int columns = 80;
  int rows = 24;
};

/// What a screen shows: no more rows than it has, none longer than it is wide.
struct picture {
  std::vector<line> rows;
  /// Where the cursor stands; hidden when there is no such row.
  int cursor_row = -1;
  int cursor_column = 0;
};

/// The line, cut to so many columns.
line cut_line(const line& whole, int columns);

}  // namespace parley::top
