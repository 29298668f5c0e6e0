#pragma once

#include <string>

#include "tools/parley/client/problem.hpp"
#include "tools/parley/topology/graph.hpp"
#include "tools/parley/topology/model.hpp"

namespace parley::topology {

enum class file_format { table, json, jsonl, dot, graphml, gexf, csv };

/// How a snapshot is to be shown.
struct format_choice {
  file_format format = file_format::table;
  graph_of which = graph_of::flows;
  std::string output;  // a file, of csv a folder; empty: stdout
};

/// The snapshot in any format but csv.
std::string rendered(const snapshot& what, const format_choice& how);

/// For people: nodes, kinds, the busiest actors, the heaviest flows or edges.
std::string to_table(const snapshot& what, graph_of which);

/// Writes it to stdout or to where it is wanted; on a problem what was there is there still.
client::outcome<void> write_snapshot(const snapshot& what, const format_choice& how);

/// What somebody has to know who sees it; a line each. `is_all`: all actors were asked for, so that some
/// which are not shown are a surprise.
std::vector<std::string> remarks_about(const snapshot& what, const format_choice& how, bool is_all);

}  // namespace parley::topology
