#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/parley/trace/critical_path.hpp"
#include "tools/parley/trace/tree.hpp"

namespace parley::trace {

/// Whether children of the same kind become one row.
enum class folding { on, off };

/// One line of a waterfall: a span, or several that are alike.
struct row {
  std::vector<std::size_t> spans;
  std::string branch;  // what draws the tree: "│ ├ ", two columns for each level
  bool is_critical = false;
  bool is_orphan = false;  // its parent is not here
};

/// The tree as rows. A span's only child stands below it in the same column; where there are more, they
/// branch off. Three and more children of the same node, kind and name are one row, and so are then their
/// children; what is on the critical path stays by itself.
std::vector<row> rows_of(const trace_tree& tree, const critical_path& path, folding how);

/// The least, the middle and the most of some values; of none all are 0.
struct spread {
  std::int64_t least = 0;
  std::int64_t middle = 0;
  std::int64_t most = 0;
};
spread spread_of(std::vector<std::int64_t> values);

/// The value that `percent` of all do not exceed, by nearest rank; 0 of none.
std::int64_t percentile(std::vector<std::int64_t> values, double percent);

}  // namespace parley::trace
