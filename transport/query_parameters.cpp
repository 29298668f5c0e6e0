#include "transport/query_parameters.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "transport/query_text.hpp"

namespace parley {

failure bad_request(std::string message) { return {errc::bad_request, std::move(message), {}}; }

outcome<std::vector<parameter>> parameters_in(std::string_view query, std::span<const std::string_view> known,
                                              std::string_view repeatable) {
  std::vector<parameter> all;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto part = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (part.empty()) continue;
    const auto equals = std::min(part.find('='), part.size());
    auto name = decoded(part.substr(0, equals));
    if (!name || std::ranges::find(known, *name) == known.end())
      return bad_request("'" + name.value_or("?") + "' is no parameter of this call; there are " +
                         listed(known));
    auto value = decoded(part.substr(std::min(equals + 1, part.size())));
    if (!value) return bad_request("'" + *name + "' must be text, percent-encoded UTF-8");
    if (*name != repeatable && std::ranges::find(all, *name, &parameter::name) != all.end())
      return bad_request("'" + *name + "' is given more than once");
    all.push_back({std::move(*name), std::move(*value)});
  }
  return all;
}

outcome<std::int64_t> number_of(const parameter& given, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  const auto& text = given.value;
  const auto* end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, value);
  if (text.empty() || problem != std::errc{} || stopped != end || value < least || value > most)
    return bad_request("'" + given.name + "' is '" + text + "'; it must be a whole number from " +
                       std::to_string(least) + " to " + std::to_string(most));
  return value;
}

outcome<bool> truth_of(const parameter& given) {
  if (given.value == "true") return true;
  if (given.value == "false") return false;
  return bad_request("'" + given.name + "' is '" + given.value + "'; it must be true or false");
}

std::string encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string plain;
  for (const char c : text) {
    const bool is_safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                         c == '-' || c == '_' || c == '.' || c == '~';
    if (is_safe) {
      plain += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    plain += '%';
    plain += digits[byte >> 4U];
    plain += digits[byte & 15U];
  }
  return plain;
}

}  // namespace parley
