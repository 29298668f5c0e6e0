#pragma once

#include <cstddef>
#include <string_view>

namespace parley {

/// Unicode code points of a valid UTF-8 text.
std::size_t count_code_points(std::string_view text);
/// Whether every byte is printable ASCII (0x20 … 0x7e).
bool is_printable_ascii(std::string_view text);
/// Whether the text is well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

}  // namespace parley
