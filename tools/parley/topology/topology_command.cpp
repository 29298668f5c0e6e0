#include "tools/parley/topology/topology_command.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/parley/commands/output.hpp"
#include "tools/parley/topology/subcommands.hpp"

namespace parley::topology {

using client::outcome;
using client::problem;
using client::trouble;

namespace {

constexpr const char* snapshot_footer =
    "What is missing or inexact is said on stderr. Edges and flows are counted only while somebody wants "
    "them:\n"
    "--for has all nodes count for a while first. People are pseudonyms unless --names is given; texts of\n"
    "messages are never in it.\n"
    "Exit codes: 0 shown, 1 refused or a bad file, 2 usage, 3 unreachable.\n\n"
    "Examples:\n"
    "  parley topology --data /var/lib/parley\n"
    "  parley topology --for 10s --format graphml -o flows.graphml     # "
    "networkx.read_graphml('flows.graphml')\n"
    "  parley topology --for 10s --format gexf -o flows.gexf           # Gephi: File, Open\n"
    "  parley topology --for 3s --graph messages --format dot | sfdp -Tsvg > messages.svg\n"
    "  parley topology --format csv --graph messages -o tables         # tables/nodes.csv, tables/edges.csv\n"
    "  parley topology --kind conversation --top 20 --by mailbox\n"
    "  parley topology --json > before.json; …; parley topology stats --from before.json";

/// Which of the options before a subcommand was given; they are of the snapshot, and would be ignored.
std::string misplaced(const CLI::App& topology) {
  for (const auto* each : topology.get_options())
    if (each->count() != 0 && each->get_name() != "--help") return each->get_name();
  return {};
}

}  // namespace

void add_snapshot_options(CLI::App& command, snapshot_options& options) {
  add_source_options(command, options);
  add_format_options(command, options);
  add_selection_options(command, options.wanted);
  add_top_options(command, options);
}

outcome<void> show_snapshot(snapshot_options& options) {
  const auto how = choice_of(options);
  // Before anything is asked or waited for.
  if (how.format == file_format::csv && how.output.empty())
    return problem{trouble::usage,
                   "csv is two tables, nodes.csv and edges.csv: name the folder for them with --output"};
  const auto taken = find_snapshot(options);
  if (taken.has_error()) return taken.error();
  if (auto done = write_snapshot(*taken, how); done.has_error()) return done;
  for (const auto& each : remarks_about(*taken, how, options.wanted.wants_all())) commands::say(each);
  return {};
}

void add_topology_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<snapshot_options>();
  auto* command = app.add_subcommand("topology", "See the actors: who exists, who sends to whom, what waits");
  command->description(
      "See the actors: who exists, who sends to whom, what waits; for operators and researchers\n\n"
      "Without a subcommand it takes a snapshot of all actors of the cluster; any node answers for all. Two\n"
      "graphs are in it: flows (person -> conversation -> person, whichever actors carried it) and messages\n"
      "(actor -> actor, by type). tools/topology/COMMANDS.md shows how to load them in NetworkX, pandas, "
      "Gephi\n"
      "and Graphviz.");
  command->require_subcommand(0, 1);
  add_snapshot_options(*command, *options);
  command->footer(snapshot_footer);
  auto* snapshot = command->add_subcommand("snapshot", "All actors of this moment (the default)");
  auto own = std::make_shared<snapshot_options>();
  add_snapshot_options(*snapshot, *own);
  snapshot->footer(snapshot_footer);
  add_watch_command(*command, exit_code);
  add_stats_command(*command, exit_code);
  add_diff_command(*command, exit_code);
  add_record_command(*command, exit_code);
  add_replay_command(*command, exit_code);
  const auto show = [&exit_code](snapshot_options& with) {
    const auto done = show_snapshot(with);
    exit_code = done.has_error() ? commands::report(done.error()) : 0;
  };
  snapshot->callback([show, own] { show(*own); });
  // Before any subcommand runs.
  command->parse_complete_callback([command] {
    if (command->get_subcommands().empty()) return;
    if (const auto option = misplaced(*command); !option.empty())
      throw CLI::ValidationError(option, "write it after the subcommand: parley topology " +
                                             command->get_subcommands().front()->get_name() + " " + option);
  });
  command->final_callback([show, options, command] {
    if (command->get_subcommands().empty()) show(*options);
  });
}

}  // namespace parley::topology
