#pragma once

#include <string>
#include <vector>

#include "tools/parley/trace/rows.hpp"
#include "tools/parley/view/entry_text.hpp"

namespace parley::trace {

struct waterfall_look {
  int columns = 80;
  view::colouring colours = view::colouring::off;
  folding fold = folding::on;
};

/// A trace for people: the tree, when each span waited and was handled, the critical path. `sent` is the
/// message by the clock of who sent it, or nothing. Safe to print.
std::string waterfall(const trace_tree& tree, const sent_message* sent, const waterfall_look& look);

/// What has to be said of a collection as a whole: spans that were lost, nodes that are missing.
std::vector<std::string> remarks_about(const collection& what);

}  // namespace parley::trace
