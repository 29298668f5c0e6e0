#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/parley/bench/stop_request.hpp"
#include "tools/parley/commands/options.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/topology/subcommands.hpp"
#include "tools/parley/topology/watch_options.hpp"

namespace parley::topology {

using client::outcome;

namespace {

/// Lines on stdout: for programs, or for a person at a terminal.
class printer : public line_sink {
public:
  explicit printer(bool is_for_people) : is_for_people_(is_for_people) {}
  [[nodiscard]] bool wants_end() const override { return bench::stop_request::came(); }
  outcome<void> take(watch_lines::lines lines) override {
    if (is_for_people_)
      for (const auto& each : readable(lines)) commands::print_line(each);
    else
      for (const auto& each : lines) commands::print_line(client::json_line(each));
    return {};
  }

private:
  bool is_for_people_;
};

outcome<void> watch(const watch_options& options) {
  const bench::stop_request stop;
  auto cluster = asked_cluster::with(options);
  if (cluster.has_error()) return cluster.error();
  printer to{::isatty(STDOUT_FILENO) != 0 && !options.node.as_json};
  return watcher{std::move(*cluster), settings_of(options), to}.run();
}

}  // namespace

void add_watch_options(CLI::App& command, watch_options& options) {
  commands::add_operator_options(command, options);
  add_selection_options(command, options.settings.wanted);
  command.add_flag("--count-edges", options.settings.count_edges,
                   "Have all nodes count edges while it runs; they go on for up to two minutes after");
  command
      .add_option("--edges", options.settings.edges,
                  "How many edges and flows are looked at, the heaviest; 0: none")
      ->check(CLI::Range(0, 20'000))
      ->capture_default_str()
      ->type_name("N");
  command.add_flag("--names", options.settings.names,
                   "Ids of people and conversations instead of pseudonyms");
  commands::add_duration(command, "--for", options.for_ms, "End by itself after this long");
  commands::add_duration(command, "--give-up", options.give_up_ms,
                         "End when no node has answered for this long")
      ->default_str("60s");
}

watch_settings settings_of(const watch_options& options) {
  auto out = options.settings;
  out.ends_after = std::chrono::milliseconds{options.for_ms};
  out.gives_up_after = std::chrono::milliseconds{options.give_up_ms};
  out.snapshot_every = std::chrono::milliseconds{options.every_ms};
  return out;
}

void add_watch_command(CLI::App& topology, int& exit_code) {
  auto options = std::make_shared<watch_options>();
  auto* command = topology.add_subcommand(
      "watch", "What changes, as it changes: JSON, one object a line, or lines to read at a terminal");
  add_watch_options(*command, *options);
  command->footer(
      "Each line has a number `n`, without gaps, a moment `at` and what it is:\n"
      "  snapshot                          all actors: the first line, and after changes that were lost\n"
      "  actor_started, actor_stopped      on one node, with the reason\n"
      "  actor_moved                       an entity's actor is on another node now: from, to\n"
      "  node_came, node_gone              with all of its actors, of which none is told of by itself\n"
      "  edge_appeared                     an edge or a flow that was not seen before\n"
      "  rates                             each second: messages/s by node and kind, and of the fastest "
      "edges\n"
      "  changes_lost                      a node forgot changes before they were read; a snapshot follows\n"
      "  node_unreachable, node_reached    whether a node's own changes can be read\n"
      "  cluster_unreachable, cluster_reached, ended\n\n"
      "Nodes are asked twice a second, each at the address that `parley nodes` shows. Moments are those of "
      "the\n"
      "nodes' own clocks.\n\n"
      "Exit codes: 0 ended by --for or Ctrl-C, 1 refused, 2 usage, 3 no node answered for too long.\n\n"
      "Examples:\n  parley topology watch\n"
      "  parley topology watch --kind conversation --json | jq -c 'select(.what == \"actor_moved\")'\n"
      "  parley topology watch --count-edges --for 60s --json > minute.jsonl");
  command->callback([options, &exit_code] {
    const auto done = watch(*options);
    exit_code = done.has_error() ? commands::report(done.error()) : 0;
  });
}

}  // namespace parley::topology
