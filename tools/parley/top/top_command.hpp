#pragma once

namespace CLI {
class App;
}

namespace parley::top {

/// Adds `top` to the command line; a run puts its exit code into `exit_code`.
void add_top_command(CLI::App& app, int& exit_code);

}  // namespace parley::top
