#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

/// What stands where a secret was.
inline constexpr std::string_view redaction = "(secret)";

/// `text` on one line and for a terminal: control characters escaped, cut after `bytes_max` bytes.
std::string printable(std::string_view text, std::size_t bytes_max = 64);

/// One `name = 'value'` of a connection string; `begin` and `end` are the bytes of the value as written.
struct connection_pair {
  std::string name;
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// The pairs of a key=value connection string as libpq reads it, or nothing when it is none.
std::optional<std::vector<connection_pair>> split_connection_pairs(std::string_view text);

/// A connection string with its passwords (userinfo, `password`, `sslpassword`) replaced. Malformed ones
/// lose rather more than less. For logs and errors of whoever holds a `storage.url`.
std::string redacted_connection(std::string_view text);

}  // namespace parley
