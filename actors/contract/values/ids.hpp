#pragma once

#include <charconv>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

/// A 63-bit identity that cannot be mixed up with one of another kind. 0 names nothing.
template <class Tag>
struct strong_id {
  std::int64_t value = 0;

  friend constexpr auto operator<=>(const strong_id&, const strong_id&) = default;
  constexpr explicit operator bool() const noexcept { return value != 0; }
};

using user_id = strong_id<struct user_tag>;
using conversation_id = strong_id<struct conversation_tag>;
using token_id = strong_id<struct token_tag>;
/// One connection's session; unique on its node for the life of the process.
using session_id = strong_id<struct session_tag>;
/// One life of a node: a random number drawn at start, so that nothing of an earlier life is believed.
using incarnation_id = strong_id<struct incarnation_tag>;

/// Position of an entry in its conversation's log: dense, from 1. 0 is "before the first".
using sequence = std::int64_t;

/// Milliseconds since 1970-01-01T00:00:00Z, by the database's clock.
using timestamp_ms = std::int64_t;

template <class Tag>
std::string to_text(strong_id<Tag> id) {
  return std::to_string(id.value);
}

/// Reads the canonical decimal form ("42", never "042", "+42" or "0"); nothing for any other text.
template <class Id>
std::optional<Id> parse_id(std::string_view text) {
  if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;
  Id id;
  const auto* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, id.value);
  if (problem != std::errc{} || stop != end) return std::nullopt;
  return id;
}

}  // namespace parley

template <class Tag>
struct std::hash<parley::strong_id<Tag>> {
  std::size_t operator()(parley::strong_id<Tag> id) const noexcept {
    return std::hash<std::int64_t>{}(id.value);
  }
};
