#include <CLI/CLI.hpp>
#include <memory>

#include "tools/parley/commands/output.hpp"
#include "tools/parley/topology/statistics.hpp"
#include "tools/parley/topology/subcommands.hpp"

namespace parley::topology {

using client::outcome;

namespace {

outcome<void> show_statistics(snapshot_options& options) {
  const auto taken = find_snapshot(options);
  if (taken.has_error()) return taken.error();
  const auto found = statistics_of(*taken);
  if (options.node.as_json) {
    commands::print_line(client::json_line(to_json(found)));
    return {};
  }
  auto text = to_text(found);
  text.pop_back();
  commands::print_line(text);
  return {};
}

}  // namespace

void add_stats_command(CLI::App& topology, int& exit_code) {
  auto options = std::make_shared<snapshot_options>();
  auto* command = topology.add_subcommand("stats", "Degrees, cut ratio, imbalance, the busiest, hops");
  add_source_options(*command, *options);
  add_selection_options(*command, options->wanted);
  command->footer(
      "CUT RATIO   part of the messages over edges that went from one node to another. What an actor sends "
      "to\n"
      "            another node is three edges: to the link here, from link to link, and from the link "
      "there\n"
      "IMBALANCE   over nodes and over the 1024 shards: the largest by the mean, the coefficient of "
      "variation\n"
      "            (standard deviation by mean) and Gini's coefficient; shards without actors count too\n"
      "DEGREES     with how many others an actor or an entity exchanges messages, each counted once\n"
      "HOPS        pairs of sessions by the shortest way over edges from one to the other. It is the shape "
      "of\n"
      "            the graph, not the way of any one message: for that there is parley trace\n\n"
      "Degrees, cut ratio, talkers and hops need edges: --for 5s has them counted. Actors that a node does "
      "not\n"
      "show are not in it. Of edges and flows the heaviest are counted: 20,000 of each in a snapshot, and what\n"
      "a recording holds (2,000 of each).\n"
      "Exit codes: 0 shown, 1 refused or a bad file, 2 usage, 3 unreachable.\n\n"
      "Examples:\n  parley topology stats --for 5s\n"
      "  parley topology stats --from run.rec --at +60s\n"
      "  parley topology stats --from before.json --json | jq .cut_ratio");
  command->callback([options, &exit_code] {
    const auto done = show_statistics(*options);
    exit_code = done.has_error() ? commands::report(done.error()) : 0;
  });
}

}  // namespace parley::topology
