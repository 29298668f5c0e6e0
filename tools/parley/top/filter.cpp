#include "tools/parley/top/filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace parley::top {

namespace {

/// Letters beyond ASCII stay as they are: what is shown of actors are mostly names of kinds and numbers.
std::string in_small_letters(std::string_view text) {
  std::string small{text};
  for (auto& each : small)
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
  return small;
}

bool one_begins(const std::vector<std::string>& beginnings, std::string_view name) {
  return beginnings.empty() ||
         std::ranges::any_of(beginnings, [&](const auto& each) { return name.starts_with(each); });
}

void add_names(std::string_view list, std::vector<std::string>& to) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (comma > 0) to.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

}  // namespace

bool filter::has_kind(std::string_view name) const { return one_begins(kinds, name); }
bool filter::has_node(std::string_view name) const { return one_begins(nodes, name); }

bool filter::has_words_of(const std::vector<std::string_view>& texts) const {
  return std::ranges::all_of(words, [&](const auto& word) {
    return std::ranges::any_of(
        texts, [&](const auto& text) { return in_small_letters(text).find(word) != std::string::npos; });
  });
}

bool filter::has(const actor& one) const {
  return has_kind(one.kind) && has_node(one.node) && has_words_of({one.id, one.kind, one.entity, one.name});
}

client::outcome<filter> parse_filter(std::string_view text) {
  filter wanted;
  std::istringstream parts{std::string{text}};
  for (std::string part; parts >> part;) {
    const auto equals = part.find('=');
    if (equals == std::string::npos) {
      wanted.words.push_back(in_small_letters(part));
      continue;
    }
    const auto name = part.substr(0, equals);
    const auto list = std::string_view{part}.substr(equals + 1);
    if (name == "kind")
      add_names(list, wanted.kinds);
    else if (name == "node")
      add_names(list, wanted.nodes);
    else
      return client::problem{
          client::trouble::usage,
          fmt::format("nothing is filtered by '{}': there are kind=, node= and words", name)};
  }
  return wanted;
}

}  // namespace parley::top
