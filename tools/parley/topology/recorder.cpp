#include "tools/parley/topology/recorder.hpp"

#include <fmt/format.h>

namespace parley::topology {

client::outcome<void> recorder::take(watch_lines::lines lines) {
  lines_ += lines.size();
  for (const auto& each : frames_.of(lines))
    if (auto done = to_.add(each); done.has_error()) return done;
  return {};
}

std::string recorder::summary() const {
  return fmt::format("{} lines in {} kB", lines_, (to_.written_bytes() + 1'023) / 1'024);
}

}  // namespace parley::topology
