#pragma once

#include <CLI/App.hpp>

namespace parley::trace {

void add_trace_send_command(CLI::App& trace, int& exit_code);
void add_trace_show_command(CLI::App& trace, int& exit_code);

}  // namespace parley::trace
