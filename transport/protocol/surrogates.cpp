#include "transport/protocol/surrogates.hpp"

#include <charconv>
#include <optional>

namespace parley {

namespace {

/// The code unit of an escape `\uXXXX` that begins at `at`.
std::optional<unsigned> code_unit_at(std::string_view json, std::size_t at) {
  if (at + 6 > json.size() || json[at] != '\\' || json[at + 1] != 'u') return std::nullopt;
  unsigned unit = 0;
  const auto* first = json.data() + at + 2;
  const auto [stop, problem] = std::from_chars(first, first + 4, unit, 16);
  if (problem != std::errc{} || stop != first + 4) return std::nullopt;
  return unit;
}

bool is_high(unsigned unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low(unsigned unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

}  // namespace

std::string without_lone_surrogates(std::string_view json) {
  std::string cleaned{json};
  for (std::size_t i = 0; i + 1 < cleaned.size(); ++i) {
    if (cleaned[i] != '\\') continue;
    const auto unit = code_unit_at(cleaned, i);
    if (!unit) {
      ++i;  // another escape: its second character begins nothing
      continue;
    }
    const auto next = code_unit_at(cleaned, i + 6);
    if (is_high(*unit) && next && is_low(*next)) {
      i += 11;
      continue;
    }
    if (is_high(*unit) || is_low(*unit)) cleaned.replace(i + 2, 4, "0000");
    i += 5;
  }
  return cleaned;
}

}  // namespace parley
