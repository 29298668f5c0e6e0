#include "transport/protocol/text_rules.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstdint>

namespace parley {

std::size_t count_code_points(std::string_view text) {
  // Continuation bytes are 10xxxxxx. Counted in blocks of bytes, a loop that compilers vectorise.
  std::size_t points = 0;
  while (!text.empty()) {
    const auto block = text.substr(0, 255);
    std::uint8_t in_block = 0;
    for (const char c : block) in_block = static_cast<std::uint8_t>(in_block + ((c & 0xC0) != 0x80 ? 1 : 0));
    points += in_block;
    text.remove_prefix(block.size());
  }
  return points;
}

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

}  // namespace parley
