#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/parley/top/picture.hpp"
#include "tools/parley/top/rates.hpp"

namespace parley::top {

/// A line about an actor, and the other actor that it is about; empty when it is about none.
struct page_line {
  line shown;
  std::string other;
};

/// Answers in words what is known of an actor besides its id: its kind, what it stands for.
using actor_names = std::function<std::string(const std::string& id)>;

/// All that is known of one actor: numbers, messages by type, edges in and out. `level` is what its node
/// counts, which decides what there can be.
std::vector<page_line> actor_page(const actor_now& of, const std::vector<edge_now>& edges,
                                  const std::string& level, const actor_names& names, int columns);

}  // namespace parley::top
