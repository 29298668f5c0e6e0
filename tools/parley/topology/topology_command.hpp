#pragma once

namespace CLI {
class App;
}

namespace parley::topology {

/// Adds `topology` with its subcommands to the command line; a run puts its exit code into `exit_code`.
void add_topology_command(CLI::App& app, int& exit_code);

}  // namespace parley::topology
