#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "actors/contract/values/ids.hpp"

namespace parley {

/// The names of connections that others look for in `pg_stat_activity`: whose locks somebody's backend holds
/// is read from its name. PostgreSQL cuts names after 63 bytes; a node's name has at most 20.
inline std::string name_of_writer(std::string_view node, incarnation_id incarnation) {
  return "parley " + std::string(node) + " " + to_text(incarnation) + " writer";
}
inline std::string name_of_registry(std::string_view node, incarnation_id incarnation) {
  return "parley " + std::string(node) + " " + to_text(incarnation) + " registry";
}
/// Whose writer a connection of this name is; nothing for any other connection.
inline std::optional<incarnation_id> incarnation_of_writer(std::string_view name) {
  constexpr std::string_view first = "parley ";
  constexpr std::string_view last = " writer";
  if (!name.starts_with(first) || !name.ends_with(last) || name.size() <= first.size() + last.size())
    return std::nullopt;
  name = name.substr(first.size(), name.size() - first.size() - last.size());
  const auto space = name.rfind(' ');
  if (space == std::string_view::npos) return std::nullopt;
  return parse_id<incarnation_id>(name.substr(space + 1));
}

}  // namespace parley
