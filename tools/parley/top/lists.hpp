#pragma once

#include "tools/parley/top/filter.hpp"
#include "tools/parley/top/rates.hpp"
#include "tools/parley/top/table.hpp"

// What rates say, as tables. Their rows are in no order yet.

namespace parley::top {

/// A node in each row; its name is the key.
table nodes_table(const rates& from, const filter& wanted);

/// A kind in each row, of `node` or (empty) of all nodes that are wanted; its name is the key.
table kinds_table(const rates& from, const filter& wanted, const std::string& node);

/// An actor in each row; its id is the key. Only of this node and this kind, unless they are empty.
table actors_table(const rates& from, const filter& wanted, const std::string& node, const std::string& kind);

}  // namespace parley::top
