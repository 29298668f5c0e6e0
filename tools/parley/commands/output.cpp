#include "tools/parley/commands/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tools/parley/view/safe_text.hpp"

namespace parley::commands {

void print_line(std::string_view line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void say(std::string_view line) { fmt::print(stderr, "{}\n", line); }

int report(const client::problem& problem) {
  fmt::print(stderr, "parley: {}\n", view::safe_text(problem.message, view::line_ends::keep));
  return static_cast<int>(problem.kind);
}

void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<int> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], view::columns_of(view::safe_text(row[i])));
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto cell = view::safe_text(row[i]);
      line += cell;
      if (i + 1 == row.size()) break;
      line.append(static_cast<std::size_t>(widths[i] - view::columns_of(cell) + 2), ' ');
    }
    print_line(line);
  }
}

std::string or_dash(std::string text) { return text.empty() ? "-" : text; }

view::colouring stdout_colouring() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const auto is_plain = (no_color != nullptr && *no_color != '\0') || ::isatty(STDOUT_FILENO) == 0 ||
                        terminal == nullptr || std::string_view{terminal} == "dumb";
  return is_plain ? view::colouring::off : view::colouring::on;
}

}  // namespace parley::commands
