#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley {

enum class severity : std::uint8_t { debug, info, warning, error };

/// Something named beside the text of a line: an id, an address, a number. Never a text of somebody's, a
/// name, a password or a token.
struct log_field {
  std::string_view name;
  std::string value;
};

/// One line of the log, about one thing that matters. `name` is what programs look for ("shards_lost"): it
/// never changes and holds nothing that varies; `text` is for people.
struct log_event {
  severity level = severity::info;
  std::string_view name;
  std::string text;
  std::vector<log_field> fields;
};

/// Where the lines of this process go; any thread may call it. Nowhere until the program has said so, which
/// is what tests want.
using log_sink = void (*)(const log_event&);
inline constinit std::atomic<log_sink> log_lines_go_to{nullptr};

inline void log(severity level, std::string_view name, std::string text, std::vector<log_field> fields = {}) {
  if (const auto sink = log_lines_go_to.load(std::memory_order_relaxed))
    sink({level, name, std::move(text), std::move(fields)});
}

}  // namespace parley
