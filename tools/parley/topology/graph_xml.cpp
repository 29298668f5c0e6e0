#include <fmt/format.h>

#include "tools/parley/topology/escaped.hpp"
#include "tools/parley/topology/graph_formats.hpp"

namespace parley::topology {

namespace {

std::string_view xml_type(column_type type) {
  switch (type) {
    case column_type::whole:
      return "long";
    case column_type::real:
      return "double";
    case column_type::truth:
      return "boolean";
    case column_type::text:
      break;
  }
  return "string";
}

/// `prefix` makes the keys of vertices and links differ: vd0, ld0.
void add_keys(std::string& out, const std::vector<column>& columns, std::string_view prefix,
              std::string_view what_for) {
  for (std::size_t i = 0; i < columns.size(); ++i)
    out += fmt::format("  <key id=\"{}{}\" for=\"{}\" attr.name=\"{}\" attr.type=\"{}\"/>\n", prefix, i,
                       what_for, columns[i].name, xml_type(columns[i].type));
}

void add_data(std::string& out, const std::vector<cell>& cells, std::string_view prefix) {
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (!std::holds_alternative<std::monostate>(cells[i]))
      out += fmt::format("<data key=\"{}{}\">{}</data>", prefix, i, xml_text(cell_text(cells[i])));
}

void add_attributes(std::string& out, const std::vector<column>& columns, std::string_view what_for) {
  out += fmt::format("    <attributes class=\"{}\">\n", what_for);
  for (std::size_t i = 0; i < columns.size(); ++i)
    out += fmt::format("      <attribute id=\"{}\" title=\"{}\" type=\"{}\"/>\n", i, columns[i].name,
                       xml_type(columns[i].type));
  out += "    </attributes>\n";
}

void add_values(std::string& out, const std::vector<cell>& cells) {
  out += "<attvalues>";
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (!std::holds_alternative<std::monostate>(cells[i]))
      out += fmt::format("<attvalue for=\"{}\" value=\"{}\"/>", i, xml_text(cell_text(cells[i])));
  out += "</attvalues>";
}

constexpr std::string_view declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

}  // namespace

std::string to_graphml(const graph& what) {
  std::string out{declaration};
  out +=
      "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\" "
      "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
      "xsi:schemaLocation=\"http://graphml.graphdrawing.org/xmlns "
      "http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd\">\n"
      "  <key id=\"vl\" for=\"node\" attr.name=\"label\" attr.type=\"string\"/>\n"
      "  <key id=\"lw\" for=\"edge\" attr.name=\"weight\" attr.type=\"long\"/>\n";
  add_keys(out, what.vertex_columns, "v", "node");
  add_keys(out, what.link_columns, "l", "edge");
  out += fmt::format("  <graph id=\"{}\" edgedefault=\"directed\">\n", xml_text(what.title));
  for (const auto& each : what.vertices) {
    out += fmt::format("    <node id=\"{}\"><data key=\"vl\">{}</data>", xml_text(each.id),
                       xml_text(each.label));
    add_data(out, each.cells, "v");
    out += "</node>\n";
  }
  for (std::size_t i = 0; i < what.links.size(); ++i) {
    const auto& each = what.links[i];
    out +=
        fmt::format("    <edge id=\"e{}\" source=\"{}\" target=\"{}\"><data key=\"lw\">{}</data>", i,
                    xml_text(what.vertices[each.from].id), xml_text(what.vertices[each.to].id), each.weight);
    add_data(out, each.cells, "l");
    out += "</edge>\n";
  }
  return out + "  </graph>\n</graphml>\n";
}

std::string to_gexf(const graph& what) {
  std::string out{declaration};
  out += fmt::format(
      "<gexf xmlns=\"http://www.gexf.net/1.2draft\" xmlns:viz=\"http://www.gexf.net/1.2draft/viz\" "
      "version=\"1.2\">\n"
      "  <meta><creator>parley topology</creator><description>{}</description></meta>\n"
      "  <graph defaultedgetype=\"directed\" mode=\"static\">\n",
      xml_text(what.title));
  add_attributes(out, what.vertex_columns, "node");
  add_attributes(out, what.link_columns, "edge");
  out += "    <nodes>\n";
  for (const auto& each : what.vertices) {
    const auto paint = colour_of(each.kind);
    out += fmt::format("      <node id=\"{}\" label=\"{}\">", xml_text(each.id), xml_text(each.label));
    add_values(out, each.cells);
    out += fmt::format("<viz:color r=\"{}\" g=\"{}\" b=\"{}\"/><viz:size value=\"{:.2f}\"/></node>\n",
                       paint.red, paint.green, paint.blue, 4 * drawn_size(each.size, 1));
  }
  out += "    </nodes>\n    <edges>\n";
  for (std::size_t i = 0; i < what.links.size(); ++i) {
    const auto& each = what.links[i];
    out += fmt::format("      <edge id=\"{}\" source=\"{}\" target=\"{}\" weight=\"{}\" label=\"{}\">", i,
                       xml_text(what.vertices[each.from].id), xml_text(what.vertices[each.to].id),
                       each.weight, xml_text(each.label));
    add_values(out, each.cells);
    out += "</edge>\n";
  }
  return out + "    </edges>\n  </graph>\n</gexf>\n";
}

}  // namespace parley::topology
