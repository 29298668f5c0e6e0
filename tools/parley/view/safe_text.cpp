#include "tools/parley/view/safe_text.hpp"

#include <algorithm>
#include <array>
#include <cwchar>

namespace parley::view {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

bool commands_a_terminal(char32_t value) {
  if (value < 0x20 || (value >= 0x7f && value < 0xa0)) return true;
  // Overrides and isolates could make a name or a text read otherwise than it was written.
  if (value >= 0x202a && value <= 0x202e) return true;
  if (value >= 0x2066 && value <= 0x2069) return true;
  if (value == 0x200e || value == 0x200f || value == 0x061c) return true;
  return value == 0x2028 || value == 0x2029 || value == 0xfeff || (value >= 0xfff9 && value <= 0xfffb);
}

struct range {
  char32_t first;
  char32_t last;
};

/// East Asian wide and full-width blocks and emoji, coarsely: what terminals draw in two columns.
constexpr std::array<range, 15> wide{{{0x1100, 0x115f},
                                      {0x231a, 0x231b},
                                      {0x2e80, 0x303e},
                                      {0x3041, 0x33ff},
                                      {0x3400, 0x4dbf},
                                      {0x4e00, 0x9fff},
                                      {0xa000, 0xa4cf},
                                      {0xac00, 0xd7a3},
                                      {0xf900, 0xfaff},
                                      {0xfe30, 0xfe6f},
                                      {0xff00, 0xff60},
                                      {0xffe0, 0xffe6},
                                      {0x1f300, 0x1f64f},
                                      {0x1f680, 0x1faff},
                                      {0x20000, 0x3fffd}}};

/// Combining marks, joiners and variation selectors: drawn over what stands before them.
constexpr std::array<range, 9> combining{{{0x0300, 0x036f},
                                          {0x0483, 0x0489},
                                          {0x0591, 0x05bd},
                                          {0x064b, 0x065f},
                                          {0x1ab0, 0x1aff},
                                          {0x1dc0, 0x1dff},
                                          {0x200b, 0x200d},
                                          {0x20d0, 0x20ff},
                                          {0xfe00, 0xfe0f}}};

template <std::size_t Count>
bool is_in(const std::array<range, Count>& ranges, char32_t value) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [value](const range& each) { return value >= each.first && value <= each.last; });
}

/// How many bytes the sequence that begins with this byte has; 0 when none begins so.
std::size_t sequence_bytes(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

}  // namespace

code_point first_code_point(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const auto bytes = sequence_bytes(first);
  if (bytes == 1) return {first, 1, true};
  if (bytes == 0 || text.size() < bytes) return {0, 1, false};
  char32_t value = first & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0U) != 0x80U) return {0, 1, false};
    value = (value << 6U) | (next & 0x3fU);
  }
  const auto is_overlong = (bytes == 3 && value < 0x800) || (bytes == 4 && value < 0x10000);
  if (is_overlong || (value >= 0xd800 && value < 0xe000) || value > 0x10ffff) return {0, 1, false};
  return {value, bytes, true};
}

std::string safe_text(std::string_view text, line_ends ends) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const auto next = first_code_point(text);
    if (next.value == U'\n' && next.is_valid) {
      safe += ends == line_ends::keep ? "\n" : "\\n";
    } else if (next.value == U'\t') {
      safe += ' ';
    } else if (!next.is_valid || commands_a_terminal(next.value)) {
      safe += replacement;
    } else {
      safe += text.substr(0, next.bytes);
    }
    text.remove_prefix(next.bytes);
  }
  return safe;
}

int columns_of(char32_t value) {
  if (is_in(combining, value)) return 0;
  return is_in(wide, value) ? 2 : 1;
}

int columns_of(std::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    const auto next = first_code_point(text);
    columns += next.is_valid ? columns_of(next.value) : 1;
    text.remove_prefix(next.bytes);
  }
  return columns;
}

}  // namespace parley::view
