#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/parley/client/problem.hpp"
#include "tools/parley/top/snapshot.hpp"

namespace parley::top {

/// What of a cluster is looked at: `kind=session,user node=node-1 smith`. All parts must fit; of the names in
/// a list one must, of which a beginning is enough; a word must stand somewhere in what is shown of
/// something, in capitals or not.
struct filter {
  std::vector<std::string> kinds;
  std::vector<std::string> nodes;
  std::vector<std::string> words;  // in small letters

  [[nodiscard]] bool is_empty() const { return kinds.empty() && nodes.empty() && words.empty(); }
  [[nodiscard]] bool has_kind(std::string_view name) const;
  [[nodiscard]] bool has_node(std::string_view name) const;
  /// Whether every word stands in one of the texts.
  [[nodiscard]] bool has_words_of(const std::vector<std::string_view>& texts) const;
  [[nodiscard]] bool has(const actor& one) const;
};

/// What somebody typed; a problem says what cannot be filtered by.
client::outcome<filter> parse_filter(std::string_view text);

}  // namespace parley::top
