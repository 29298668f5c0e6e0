#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley::topology {

/// Milliseconds since 1970 of a time by RFC 3339, in UTC (`Z`) or with an offset; nothing when it is none.
/// Fractions of a millisecond are cut off.
std::optional<std::int64_t> moment_of(std::string_view text);

/// `2026-05-01T12:00:00.000Z`.
std::string moment_text(std::int64_t ms);

/// The moment that this machine's clock shows.
std::int64_t moment_now();

}  // namespace parley::topology
