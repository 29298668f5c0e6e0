#pragma once

#include <CLI/App.hpp>

namespace parley::experiment {

/// `parley experiment`: runs that others can repeat, and what came out of them.
void add_experiment_command(CLI::App& app, int& exit_code);

// Its subcommands, one file each.
void add_run_command(CLI::App& experiment, int& exit_code);
void add_report_command(CLI::App& experiment, int& exit_code);

}  // namespace parley::experiment
