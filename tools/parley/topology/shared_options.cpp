#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <map>
#include <thread>

#include "tools/parley/commands/options.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/topology/asked_cluster.hpp"
#include "tools/parley/topology/sources.hpp"
#include "tools/parley/topology/subcommands.hpp"

namespace parley::topology {

using client::outcome;

namespace {

const std::map<std::string, file_format>& formats() {
  static const std::map<std::string, file_format> all{
      {"table", file_format::table}, {"json", file_format::json},       {"jsonl", file_format::jsonl},
      {"dot", file_format::dot},     {"graphml", file_format::graphml}, {"gexf", file_format::gexf},
      {"csv", file_format::csv}};
  return all;
}

/// Nodes forget by themselves to count; this much longer than is waited, for the question after it.
constexpr std::chrono::seconds counted_longer{30};

outcome<void> count_edges(asked_cluster& cluster, std::chrono::milliseconds how_long) {
  snapshot_query only_levels;
  only_levels.actors = false;
  only_levels.edges = 0;
  const auto now = cluster.take(only_levels);
  if (now.has_error()) return now.error();
  const auto counts = [](const node_part& each) { return each.missing || each.level == "edges"; };
  if (std::ranges::all_of(now->nodes, counts)) {
    commands::say("all nodes count edges already, for longer than --for says: not waiting");
    return {};
  }
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(how_long);
  if (auto done = cluster.count_edges(seconds + counted_longer); done.has_error()) return done;
  commands::say(fmt::format("counting edges for {:g} s …", static_cast<double>(how_long.count()) / 1'000));
  std::this_thread::sleep_for(how_long);
  return {};
}

}  // namespace

void add_selection_options(CLI::App& command, selection& wanted) {
  command.add_option("--kind", wanted.kinds, "Only actors of these kinds, such as session,conversation")
      ->delimiter(',')
      ->type_name("KIND,…");
  command.add_option("--node", wanted.node, "Only actors on this node")->type_name("NAME");
  command
      .add_option("--entity", wanted.entity,
                  "Only actors of this person, conversation or session, as a snapshot shows it")
      ->check([](const std::string& text) {
        for (const auto* const kind : {"person:", "conversation:", "session:"})
          if (text.starts_with(kind) && text.size() > std::string_view{kind}.size()) return std::string{};
        return "'" + text + "' is no entity: write it as a snapshot shows it, like person:co64igoqmk";
      })
      ->type_name("KIND:ID");
}

void add_format_options(CLI::App& command, snapshot_options& options) {
  std::vector<std::string> names;
  for (const auto& [name, format] : formats()) names.push_back(name);
  command
      .add_option(
          "-f,--format", options.format,
          "table, json, jsonl, dot (Graphviz), graphml (NetworkX), gexf (Gephi), csv (a folder); else a "
          "table at a terminal and json elsewhere")
      ->check(CLI::IsMember(names))
      ->type_name("FORMAT");
  command
      .add_option(
          "--graph", options.graph,
          "Which graph dot, graphml, gexf, csv and table show: flows (who writes to whom) or messages "
          "(which actor sends to which)")
      ->check(CLI::IsMember({"flows", "messages"}))
      ->capture_default_str()
      ->type_name("GRAPH");
  command
      .add_option("-o,--output", options.output,
                  "Write to this file; of csv: nodes.csv and edges.csv in this folder")
      ->type_name("FILE");
}

void add_top_options(CLI::App& command, snapshot_options& options) {
  auto* top = command.add_option("--top", options.wanted.top, "Only this many actors, the heaviest")
                  ->check(CLI::Range(std::size_t{1}, std::size_t{50'000}))
                  ->type_name("N");
  command
      .add_option("--by", options.by,
                  "What --top counts: mailbox (waiting now), time (in the handler) or messages")
      ->check(CLI::IsMember({"mailbox", "time", "messages"}))
      ->needs(top)
      ->capture_default_str()
      ->type_name("WHAT");
}

void add_source_options(CLI::App& command, snapshot_options& options) {
  commands::add_operator_options(command, options);
  auto* from =
      command
          .add_option("--from", options.from,
                      "Read a saved snapshot (json; - is stdin) or a recording instead of asking a node")
          ->type_name("FILE");
  command
      .add_option("--at", options.at,
                  "Of a recording, the moment: a time, +30s after its beginning, -30s before its end")
      ->needs(from)
      ->type_name("TIME");
  commands::add_duration(command, "--for", options.count_for_ms,
                         "If not all nodes count edges, have them count for this long first (100ms…1h)")
      ->check(CLI::Range(std::uint64_t{100}, std::uint64_t{3'600'000}))
      ->excludes(from);
  command
      .add_flag("--names", options.names, "Ids and names of people and conversations instead of pseudonyms")
      ->excludes(from);
}

outcome<snapshot> find_snapshot(snapshot_options& options) {
  options.wanted.by = options.by == "mailbox" ? top_by::mailbox
                      : options.by == "time"  ? top_by::time
                                              : top_by::messages;
  if (!options.from.empty()) {
    auto taken = snapshot_in(options.from, options.at);
    if (!taken.has_error()) select(*taken, options.wanted);
    return taken;
  }
  auto cluster = asked_cluster::with(options);
  if (cluster.has_error()) return cluster.error();
  if (options.count_for_ms != 0)
    if (auto done = count_edges(*cluster, std::chrono::milliseconds{options.count_for_ms}); done.has_error())
      return done.error();
  snapshot_query query;
  query.wanted = options.wanted;
  query.names = options.names;
  return cluster->take(query);
}

format_choice choice_of(const snapshot_options& options) {
  format_choice out;
  out.which = options.graph == "messages" ? graph_of::messages : graph_of::flows;
  out.output = options.output;
  if (!options.format.empty())
    out.format = formats().at(options.format);
  else if (options.node.as_json || !options.output.empty() || ::isatty(STDOUT_FILENO) == 0)
    out.format = file_format::json;
  return out;
}

}  // namespace parley::topology
