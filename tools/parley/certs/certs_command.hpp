#pragma once

#include <CLI/App.hpp>

namespace parley::certs {

/// Adds `certs`; when it is the one that is called, it runs and sets the exit code.
void add_certs_command(CLI::App& app, int& exit_code);

}  // namespace parley::certs
