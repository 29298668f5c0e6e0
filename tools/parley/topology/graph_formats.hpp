#pragma once

#include <string>

#include "tools/parley/topology/graph.hpp"

namespace parley::topology {

/// For Graphviz: a digraph with a box around each node of the cluster.
std::string to_dot(const graph& what);

/// For NetworkX, igraph, yEd: http://graphml.graphdrawing.org, with typed attributes.
std::string to_graphml(const graph& what);

/// For Gephi: GEXF 1.2, with colours by kind and sizes by messages handled.
std::string to_gexf(const graph& what);

/// Tables for spreadsheets, pandas and Gephi's import: the columns Id, Label and Source, Target, Type, Weight
/// are those that Gephi looks for.
std::string vertices_csv(const graph& what);
std::string links_csv(const graph& what);

/// The colour of a kind, always the same: red, green, blue; told apart by people who see few colours.
struct colour {
  unsigned red = 0;
  unsigned green = 0;
  unsigned blue = 0;
};
colour colour_of(std::string_view kind);

/// How large to draw something that handled this many messages, and how thick a link with this many: from
/// `least`, one more for each factor of ten.
double drawn_size(std::uint64_t messages, double least);

}  // namespace parley::topology
