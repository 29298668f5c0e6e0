#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/parley/client/problem.hpp"
#include "tools/parley/view/entry_text.hpp"

namespace parley::commands {

/// Writes a line to stdout: data, and nothing else.
void print_line(std::string_view line);

/// Writes a line to stderr: what is not data.
void say(std::string_view line);

/// Says what is wrong and answers the exit code for it.
int report(const client::problem& problem);

/// A table for people: columns as wide as they need to be, the header first. Cells are made safe.
void print_table(const std::vector<std::vector<std::string>>& rows);

/// A cell of such a table: a dash where there is nothing.
std::string or_dash(std::string text);

/// Whether stdout wants colours: a terminal that is not dumb, and no NO_COLOR.
view::colouring stdout_colouring();

}  // namespace parley::commands
