#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/trace.hpp"

namespace parley {

/// What a node tells operators and researchers about the way of single requests. Every function may be called
/// from any thread and returns at once; the callback runs on a thread of this port, exactly once.
class trace_source {
public:
  virtual ~trace_source() = default;
  /// Which requests are traced from now on, instead of what was wanted before; a share of 0 ends it.
  virtual trace_lease sample(const trace_sampling& what, std::chrono::seconds lasts) = 0;
  /// The steps recorded from this number on, at most so many; without a number none, only the number of what
  /// comes next. `overloaded`: too many questions wait.
  virtual void spans(std::optional<std::uint64_t> from, std::size_t most, bool with_names,
                     std::function<void(outcome<trace_part>)> done) = 0;
};

}  // namespace parley
