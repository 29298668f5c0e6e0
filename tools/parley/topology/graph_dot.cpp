#include <fmt/format.h>

#include <array>
#include <cmath>
#include <map>

#include "tools/parley/topology/escaped.hpp"
#include "tools/parley/topology/graph_formats.hpp"

namespace parley::topology {

namespace {

void add_cells(std::string& out, const std::vector<column>& columns, const std::vector<cell>& cells) {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (!std::holds_alternative<std::monostate>(cells[i]))
      // Quoted, since `node` is a word of the language.
      out += fmt::format(", \"{}\"={}", columns[i].name, dot_text(cell_text(cells[i])));
}

void add_vertex(std::string& out, const graph& of, const vertex& what, std::string_view indent) {
  const auto paint = colour_of(what.kind);
  out += fmt::format("{}{} [label={}, fillcolor=\"#{:02x}{:02x}{:02x}\"", indent, dot_text(what.id),
                     dot_text(what.label), paint.red, paint.green, paint.blue);
  // What is only named by an edge looks it.
  if (what.cells.back() == cell{false}) out += ", style=\"filled,dashed\"";
  add_cells(out, of.vertex_columns, what.cells);
  out += "];\n";
}

}  // namespace

colour colour_of(std::string_view kind) {
  // Okabe and Ito's palette, lightened: told apart with every kind of colour vision.
  static constexpr std::array<std::pair<std::string_view, colour>, 7> known{{{"session", {86, 180, 233}},
                                                                             {"person", {240, 228, 66}},
                                                                             {"user", {240, 228, 66}},
                                                                             {"conversation", {230, 159, 0}},
                                                                             {"shard", {0, 158, 115}},
                                                                             {"relay", {204, 121, 167}},
                                                                             {"link", {213, 94, 0}}}};
  for (const auto& [name, paint] : known)
    if (name == kind) return paint;
  return {190, 190, 190};
}

double drawn_size(std::uint64_t messages, double least) {
  return least + std::log10(1.0 + static_cast<double>(messages));
}

std::string to_dot(const graph& what) {
  auto out = fmt::format(
      "digraph {} {{\n  graph [overlap=prism, outputorder=edgesfirst];\n"
      "  node [shape=ellipse, style=filled, fontname=\"sans-serif\"];\n",
      dot_text(what.title));
  std::map<std::string, std::vector<const vertex*>> groups;
  for (const auto& each : what.vertices) groups[each.group].push_back(&each);
  for (const auto& [group, inside] : groups) {
    if (!group.empty())
      out += fmt::format("  subgraph {} {{\n    label={};\n", dot_text("cluster_" + group), dot_text(group));
    for (const auto* each : inside) add_vertex(out, what, *each, group.empty() ? "  " : "    ");
    if (!group.empty()) out += "  }\n";
  }
  for (const auto& each : what.links) {
    out += fmt::format("  {} -> {} [penwidth={:.2f}, tooltip={}", dot_text(what.vertices[each.from].id),
                       dot_text(what.vertices[each.to].id), drawn_size(each.weight, 0.5),
                       dot_text(fmt::format("{} {}", each.weight, each.label)));
    add_cells(out, what.link_columns, each.cells);
    out += "];\n";
  }
  return out + "}\n";
}

}  // namespace parley::topology
