#include "tools/parley/topology/snapshot_formats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "tools/parley/topology/graph_formats.hpp"
#include "tools/parley/topology/whole_file.hpp"

namespace parley::topology {

using client::outcome;
using client::problem;
using client::trouble;
namespace fs = std::filesystem;

namespace {

template <class T>
void add_lines(std::string& out, const char* is, const std::vector<T>& all) {
  for (const auto& each : all) {
    json::object line{{"is", is}};
    for (const auto& member : to_json(each)) line[member.key()] = member.value();
    out += client::json_line(line) + '\n';
  }
}

/// What a reader needs to know first, then everything, each in a line that says what it is.
std::string to_lines(const snapshot& what) {
  auto out = client::json_line(json::object{{"is", "snapshot"},
                                            {"schema", "parley.topology/1"},
                                            {"taken_at", what.taken_at},
                                            {"answered_by", what.answered_by},
                                            {"skew_ms", what.skew_ms},
                                            {"names", what.names}}) +
             '\n';
  add_lines(out, "node", what.nodes);
  add_lines(out, "kind", what.kinds);
  add_lines(out, "actor", what.actors);
  add_lines(out, "edge", what.edges);
  add_lines(out, "flow", what.flows);
  return out;
}

outcome<void> write_tables(const graph& what, const std::string& folder) {
  if (folder.empty())
    return problem{trouble::usage,
                   "csv is two tables, nodes.csv and edges.csv: name the folder for them with --output"};
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed)
    return problem{trouble::failed,
                   fmt::format("the folder {} cannot be made: {}", folder, failed.message())};
  if (auto done = replace_file(fs::path{folder} / "nodes.csv", vertices_csv(what)); done.has_error())
    return done;
  return replace_file(fs::path{folder} / "edges.csv", links_csv(what));
}

}  // namespace

std::string rendered(const snapshot& what, const format_choice& how) {
  switch (how.format) {
    case file_format::json:
      return client::json_line(to_json(what)) + '\n';
    case file_format::jsonl:
      return to_lines(what);
    case file_format::dot:
      return to_dot(make_graph(what, how.which));
    case file_format::graphml:
      return to_graphml(make_graph(what, how.which));
    case file_format::gexf:
      return to_gexf(make_graph(what, how.which));
    case file_format::table:
    case file_format::csv:
      break;
  }
  return to_table(what, how.which);
}

outcome<void> write_snapshot(const snapshot& what, const format_choice& how) {
  if (how.format == file_format::csv) return write_tables(make_graph(what, how.which), how.output);
  const auto text = rendered(what, how);
  if (!how.output.empty()) return replace_file(how.output, text);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return problem{trouble::failed, "stdout cannot be written"};
  return {};
}

std::vector<std::string> remarks_about(const snapshot& what, const format_choice& how, bool is_all) {
  std::vector<std::string> out;
  for (const auto& each : what.nodes) {
    if (each.missing) {
      out.push_back(fmt::format("{} is missing: {}", each.name, *each.missing));
      continue;
    }
    if (is_all && each.actors_shown < each.actors)
      out.push_back(
          fmt::format("{} shows {} of its {} actors, those that fit: --kind, --entity or --top choose which",
                      each.name, each.actors_shown, each.actors));
    if (each.edges_forgotten != 0)
      out.push_back(
          fmt::format("{} made room for new edges: counts may be short or too high by {} messages in all",
                      each.name, each.edges_forgotten));
  }
  const bool is_graph = how.format != file_format::json && how.format != file_format::jsonl;
  const bool has_links = how.which == graph_of::flows ? !what.flows.empty() : !what.edges.empty();
  const bool is_counted =
      std::ranges::any_of(what.nodes, [](const node_part& each) { return each.level == "edges"; });
  if (is_graph && !has_links)
    out.emplace_back(is_counted
                         ? "no edges are in it: nothing of this was said since they are counted"
                         : "no edges are in it, since no node counts them: --for 3s counts them for a while");
  return out;
}

}  // namespace parley::topology
