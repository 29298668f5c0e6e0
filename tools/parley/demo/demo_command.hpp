#pragma once

#include <CLI/App.hpp>

namespace parley::demo {

/// Adds `demo`; when it is the one that is called, it runs and sets the exit code.
void add_demo_command(CLI::App& app, int& exit_code);

}  // namespace parley::demo
