#include "tools/parley/topology/escaped.hpp"

#include <fmt/format.h>

#include "tools/parley/view/safe_text.hpp"

namespace parley::topology {

namespace {

constexpr std::string_view not_shown = "\xEF\xBF\xBD";

bool is_control(char32_t value) { return value < 0x20 || (value >= 0x7f && value < 0xa0); }

/// Calls `each(code point, its bytes)`; malformed bytes come as U+FFFD.
template <class Each>
void for_each_character(std::string_view text, Each each) {
  while (!text.empty()) {
    const auto point = view::first_code_point(text);
    each(point.is_valid ? point.value : U'�', point.is_valid ? text.substr(0, point.bytes) : not_shown);
    text.remove_prefix(point.bytes);
  }
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for_each_character(text, [&out](char32_t value, std::string_view bytes) {
    switch (value) {
      case U'&':
        out += "&amp;";
        return;
      case U'<':
        out += "&lt;";
        return;
      case U'>':
        out += "&gt;";
        return;
      case U'"':
        out += "&quot;";
        return;
      case U'\'':
        out += "&apos;";
        return;
      default:
        break;
    }
    const bool is_space = value == U'\t' || value == U'\n' || value == U'\r';
    if ((value < 0x20 && !is_space) || value == 0xfffe || value == 0xffff)
      out += not_shown;
    else if (is_control(value))  // a line end in an attribute would be read as a space
      out += fmt::format("&#{};", static_cast<std::uint32_t>(value));
    else
      out += bytes;
  });
  return out;
}

std::string dot_text(std::string_view text) {
  std::string out = "\"";
  for_each_character(text, [&out](char32_t value, std::string_view bytes) {
    if (value == U'"')
      out += "\\\"";
    else if (value == U'\\')
      out += "\\\\";
    else if (value == U'\n')
      out += "\\n";
    else if (is_control(value))
      out += value == U'\t' ? std::string_view{" "} : not_shown;
    else
      out += bytes;
  });
  return out + '"';
}

std::string csv_cell(std::string_view text) {
  std::string out;
  bool is_quoted = false;
  if (!text.empty() && std::string_view{"=+-@\t\r\n"}.find(text.front()) != std::string_view::npos)
    out += '\'';
  for_each_character(text, [&](char32_t value, std::string_view bytes) {
    if (value == U'"') out += '"';
    is_quoted =
        is_quoted || value == U'"' || value == U',' || value == U';' || value == U'\n' || value == U'\r';
    const bool is_space = value == U'\t' || value == U'\n' || value == U'\r';
    out += is_control(value) && !is_space ? not_shown : bytes;
  });
  return is_quoted ? '"' + out + '"' : out;
}

}  // namespace parley::topology
