#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/parley/topology/frames.hpp"
#include "tools/parley/topology/watch_lines.hpp"

namespace parley::topology {

/// Makes a recording's frames of watch's lines: each snapshot begins one. The moments of frames do not go
/// back, though nodes' clocks may.
class frame_maker {
public:
  std::vector<frame> of(const watch_lines::lines& lines);

private:
  std::int64_t last_ = 0;
};

/// A line of a recording: as it is written there, and its moment.
struct recorded_line {
  std::string text;
  json::object object;
  std::int64_t at = 0;
};

/// The lines of a frame; a problem when one is no JSON object.
client::outcome<std::vector<recorded_line>> lines_of(const frame& what);

}  // namespace parley::topology
