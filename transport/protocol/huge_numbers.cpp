#include "transport/protocol/huge_numbers.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace parley {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

/// Where the number that begins the text ends; 0 when none does.
std::size_t end_of_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const auto whole = at;
  at = skip_digits(text, at);
  if (at == whole || (text[whole] == '0' && at > whole + 1)) return 0;
  if (at < text.size() && text[at] == '.') {
    const auto fraction = at + 1;
    at = skip_digits(text, fraction);
    if (at == fraction) return 0;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    auto exponent = at + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    at = skip_digits(text, exponent);
    if (at == exponent) return 0;
  }
  return at;
}

template <class Number>
bool fits(std::string_view text) {
  Number number{};
  return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc{};
}

bool is_huge(std::string_view number) {
  if (number.find_first_of(".eE") != std::string_view::npos) return !fits<double>(number);
  return !fits<std::int64_t>(number) && !fits<std::uint64_t>(number);
}

}  // namespace

std::string without_huge_numbers(std::string_view json) {
  std::string cleaned;
  cleaned.reserve(json.size());
  bool in_string = false;
  for (std::size_t i = 0; i < json.size();) {
    std::size_t taken = 1;
    if (in_string) {
      if (json[i] == '\\') taken = std::min<std::size_t>(2, json.size() - i);
      in_string = json[i] != '"';
    } else if (json[i] == '"') {
      in_string = true;
    } else if (json[i] == '-' || is_digit(json[i])) {
      // All that can belong to it: what is no number as a whole holds none either.
      taken = std::min(json.find_first_not_of("0123456789+-.eE", i), json.size()) - i;
      const auto number = json.substr(i, taken);
      if (end_of_number(number) == taken && is_huge(number)) {
        cleaned += '0';
        i += taken;
        continue;
      }
    }
    cleaned.append(json, i, taken);
    i += taken;
  }
  return cleaned;
}

}  // namespace parley
