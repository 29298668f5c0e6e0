#pragma once

#include <string_view>

namespace parley::experiment {

/// The commit that this program was built of, with `-dirty` when there was something besides; empty: not
/// known. The build writes its source (commit.cmake).
std::string_view built_commit();

}  // namespace parley::experiment
