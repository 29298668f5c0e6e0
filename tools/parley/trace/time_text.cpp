#include "tools/parley/trace/time_text.hpp"

#include <fmt/format.h>

#include <array>

namespace parley::trace {

std::string short_time(std::int64_t ns) {
  if (ns < 0) return "-" + short_time(-ns);
  if (ns < 1'000) return fmt::format("{}ns", ns);
  struct unit {
    double ns;
    const char* name;
  };
  constexpr std::array units{unit{1e3, "µs"}, unit{1e6, "ms"}, unit{1e9, "s"}};
  for (const auto& each : units) {
    const auto value = static_cast<double>(ns) / each.ns;
    // What would be rounded up to 1000 belongs to the next unit.
    if (value >= 999.5 && each.ns < 1e9) continue;
    return fmt::format("{:.{}f}{}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0, each.name);
  }
  return {};
}

}  // namespace parley::trace
