#include <fmt/format.h>

#include "tools/parley/topology/escaped.hpp"
#include "tools/parley/topology/graph_formats.hpp"

namespace parley::topology {

namespace {

/// Numbers are no texts: they are written as they are.
void add_csv_cells(std::string& out, const std::vector<cell>& cells) {
  for (const auto& each : cells) {
    out += ',';
    out +=
        std::holds_alternative<std::string>(each) ? csv_cell(std::get<std::string>(each)) : cell_text(each);
  }
  out += "\r\n";
}

std::string heading(std::string_view first, const std::vector<column>& columns) {
  std::string out{first};
  for (const auto& each : columns) out += fmt::format(",{}", each.name);
  return out + "\r\n";
}

}  // namespace

std::string vertices_csv(const graph& what) {
  auto out = heading("Id,Label", what.vertex_columns);
  for (const auto& each : what.vertices) {
    out += csv_cell(each.id) + ',' + csv_cell(each.label);
    add_csv_cells(out, each.cells);
  }
  return out;
}

std::string links_csv(const graph& what) {
  auto out = heading("Source,Target,Type,Weight,Label", what.link_columns);
  for (const auto& each : what.links) {
    out += fmt::format("{},{},Directed,{},{}", csv_cell(what.vertices[each.from].id),
                       csv_cell(what.vertices[each.to].id), each.weight, csv_cell(each.label));
    add_csv_cells(out, each.cells);
  }
  return out;
}

}  // namespace parley::topology
