#include "tools/parley/experiment/experiment_command.hpp"

#include <CLI/CLI.hpp>

namespace parley::experiment {

void add_experiment_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("experiment", "Run a cluster under load and faults, and report on it");
  command->description(
      "Run a cluster under load and faults, and report on it\n\n"
      "A YAML file says how many nodes, people and groups there are, how much they write, and what happens "
      "to\n"
      "the nodes meanwhile. `run` does it, with real nodes and a PostgreSQL of its own, and leaves a folder\n"
      "with everything that was seen; `report` makes a page with plots of it.");
  command->require_subcommand(1);
  add_run_command(*command, exit_code);
  add_report_command(*command, exit_code);
  command->footer(
      "tools/topology/EXPERIMENTS.md says what can be written in the file; an example is\n"
      "tools/topology/experiments/node_dies.yaml.");
}

}  // namespace parley::experiment
