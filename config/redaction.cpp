#include "config/redaction.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley {
namespace {

bool is_space(char letter) { return letter == ' ' || (letter >= '\t' && letter <= '\r'); }

bool is_name_letter(char letter) { return (letter >= 'a' && letter <= 'z') || letter == '_'; }

/// A name that might be one of a password. Escaped ones count, since libpq decodes names.
bool hides(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  });
  return lower.find("password") != std::string::npos || lower.find('%') != std::string::npos;
}

std::string redacted_pairs(std::string_view text, const std::vector<connection_pair>& pairs) {
  std::string result;
  std::size_t done = 0;
  for (const auto& pair : pairs) {
    if (!hides(pair.name)) continue;
    result.append(text.substr(done, pair.begin - done)).append(redaction);
    done = pair.end;
  }
  return result.append(text.substr(done));
}

std::string redacted_query(std::string_view query) {
  std::string result;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto part = query.substr(0, end);
    const auto equals = std::min(part.find('='), part.size());
    if (equals < part.size() && hides(part.substr(0, equals)))
      result.append(part.substr(0, equals + 1)).append(redaction);
    else
      result.append(part);
    if (end < query.size()) result += '&';
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return result;
}

/// Whether `text` begins with a scheme: letters, then "://".
bool is_uri(std::string_view text) {
  const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz");
  return end != std::string_view::npos && end > 0 && text.substr(end).starts_with("://");
}

std::string redacted_uri(std::string_view text) {
  const std::size_t start = text.find("://") + 3;
  std::string result(text.substr(0, start));
  const std::string_view rest = text.substr(start);
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  std::size_t done = 0;
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    // A password that was not escaped may hold @, / and ?, and then nobody can say where it ends.
    if (at > authority_end || rest.find('@') != at) return result.append(redaction);
    if (const auto colon = rest.find(':'); colon < at) {
      result.append(rest.substr(0, colon + 1)).append(redaction);
      done = at;
    }
  }
  const auto question = std::min(rest.find('?'), rest.size());
  result.append(rest.substr(done, question - done));
  if (question < rest.size()) result.append("?").append(redacted_query(rest.substr(question + 1)));
  return result;
}

/// How many bytes the code point has that begins the text; 0 if none does.
std::size_t code_point_bytes(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80                    ? 1
                             : first >= 0xC2 && first < 0xE0 ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  if (length == 0 || length > text.size()) return 0;
  const auto continues = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; };
  const auto rest = text.substr(1, length - 1);
  return std::all_of(rest.begin(), rest.end(), continues) ? length : 0;
}

}  // namespace

std::string printable(std::string_view text, std::size_t bytes_max) {
  std::string result;
  while (!text.empty()) {
    if (result.size() >= bytes_max) return result + "…";
    const auto first = static_cast<unsigned char>(text.front());
    const auto length = code_point_bytes(text);
    if (length == 0 || first < 0x20 || first == 0x7F)
      result += fmt::format("\\x{:02x}", first);
    else
      result += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

std::optional<std::vector<connection_pair>> split_connection_pairs(std::string_view text) {
  std::vector<connection_pair> pairs;
  std::size_t index = 0;
  const auto skip_spaces = [&] {
    while (index < text.size() && is_space(text[index])) ++index;
  };
  for (skip_spaces(); index < text.size(); skip_spaces()) {
    connection_pair pair;
    while (index < text.size() && is_name_letter(text[index])) pair.name += text[index++];
    skip_spaces();
    if (pair.name.empty() || index == text.size() || text[index] != '=') return std::nullopt;
    ++index;
    skip_spaces();
    pair.begin = index;
    const bool in_quotes = index < text.size() && text[index] == '\'';
    if (in_quotes) ++index;
    while (index < text.size() && (in_quotes ? text[index] != '\'' : !is_space(text[index])))
      index += text[index] == '\\' ? 2U : 1U;
    if (index > text.size() || (in_quotes && index == text.size())) return std::nullopt;
    if (in_quotes) ++index;
    pair.end = index;
    pairs.push_back(std::move(pair));
  }
  if (pairs.empty()) return std::nullopt;
  return pairs;
}

std::string redacted_connection(std::string_view text) {
  if (text.empty()) return {};
  if (is_uri(text)) return redacted_uri(text);
  if (const auto pairs = split_connection_pairs(text)) return redacted_pairs(text, *pairs);
  return std::string(redaction);
}

}  // namespace parley
