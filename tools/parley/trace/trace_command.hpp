#pragma once

#include <CLI/App.hpp>

namespace parley::trace {

/// Adds `parley trace`: the way of messages through the actors of a cluster.
void add_trace_command(CLI::App& app, int& exit_code);

}  // namespace parley::trace
