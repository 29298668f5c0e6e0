#pragma once

#include <cstddef>
#include <vector>

#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/ids.hpp"

namespace parley {

/// The index behind `search`, filled in the background and never on the way of a message. One cursor a
/// conversation: since numbers are dense, what lies above it is exactly what is missing. Calls block;
/// one thread uses it (a detached actor).
class search_index {
public:
  virtual ~search_index() = default;
  /// Conversations written since the last look into the log that may not be indexed to their heads, at
  /// most `most`; none when everything before the look is. For the start, and for hints that were lost.
  virtual outcome<std::vector<conversation_id>> behind(std::size_t most) = 0;
  /// Indexes these conversations up to their heads; edited texts anew, deleted ones no longer.
  virtual outcome<void> catch_up(const std::vector<conversation_id>& conversations) = 0;
};

}  // namespace parley
