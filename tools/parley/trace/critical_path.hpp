#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tools/parley/trace/tree.hpp"

namespace parley::trace {

/// A span on the way from the request to its answer.
struct step {
  std::size_t span = 0;
  std::int64_t took_ns = 0;  // until the next step began; of the last until it ended; never below 0
};

/// What the answer waited for.
struct critical_path {
  std::vector<step> steps;  // from the root on
  bool is_whole = false;    // from the request to the written reply; else as much as there is
  /// From the frame that was read to the reply that was written, at the node; only of a whole one.
  std::optional<std::int64_t> latency_ns;
  /// The part of it in which one of the steps waited or was handled; the rest is between them.
  std::int64_t explained_ns = 0;

  [[nodiscard]] bool holds(std::size_t span) const;
};

/// The way to `write_reply`; without one to `commit`, and nothing when that is missing too.
critical_path find_critical_path(const trace_tree& tree);

}  // namespace parley::trace
