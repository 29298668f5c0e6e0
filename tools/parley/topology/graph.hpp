#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tools/parley/topology/model.hpp"

namespace parley::topology {

/// What a column of a graph's table holds.
enum class column_type { text, whole, real, truth };

struct column {
  std::string_view name;
  column_type type = column_type::text;
};

/// monostate: not known, or there is none.
using cell = std::variant<std::monostate, std::string, std::uint64_t, double, bool>;

struct vertex {
  std::string id;
  std::string label;
  std::string group;  // the cluster's node that it stands on; empty: on none in particular
  std::string kind;
  std::uint64_t size = 0;   // messages handled: how large to draw it
  std::vector<cell> cells;  // as vertex_columns
};

struct link {
  std::size_t from = 0;  // of vertices
  std::size_t to = 0;
  std::string label;
  std::uint64_t weight = 0;  // messages
  std::vector<cell> cells;   // as link_columns
};

/// A directed graph with parallel links, as all file formats write it.
struct graph {
  std::string title;
  std::vector<column> vertex_columns;
  std::vector<column> link_columns;
  std::vector<vertex> vertices;
  std::vector<link> links;
};

/// Which of a snapshot's graphs.
enum class graph_of { flows, messages };

/// The graph of a snapshot: a link for each of its edges (or flows), a vertex for each of its actors (or
/// entities), and one with `listed` false for each end that is named by a link only.
graph make_graph(const snapshot& from, graph_of which);

/// What a cell looks like in every format; empty for none.
std::string cell_text(const cell& what);

}  // namespace parley::topology
