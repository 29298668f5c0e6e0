#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tools/parley/client/problem.hpp"

namespace parley::experiment {

enum class act : std::uint8_t { kill, freeze, drain, restart, start };
enum class victim : std::uint8_t { node, owner, ended, postgres };

/// Something that happens to the cluster at a moment of the experiment.
struct fault {
  std::chrono::milliseconds at{0};  // since the load began
  act what = act::kill;
  victim whom = victim::node;
  std::size_t number = 0;              // of a node, or of the group whose owner is meant; from 1
  std::chrono::milliseconds lasts{0};  // of freeze
  std::string said;                    // as the file says it
  int line = 0;                        // of the file

  friend bool operator==(const fault&, const fault&) = default;
};

/// Reads `20s kill owner of group 1`. The problem says what is allowed.
client::outcome<fault> read_fault(std::string_view text);

/// `1500ms`, `20s`, `2m`, `1h`; also `1.5s`.
client::outcome<std::chrono::milliseconds> read_duration(std::string_view text);
/// The shortest way to write it: `20s`, `1500ms`.
std::string duration_text(std::chrono::milliseconds what);

std::string_view name_of(act what);

}  // namespace parley::experiment
