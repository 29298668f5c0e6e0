#pragma once

#include <cstdint>
#include <string>

namespace parley::trace {

/// A duration in at most six columns: `870ns`, `5.21µs`, `87.0µs`, `1.23ms`, `12.3s`; below 0 with a sign.
std::string short_time(std::int64_t ns);

}  // namespace parley::trace
