#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/settings.hpp"

namespace parley {

/// Where a key's value lies in the settings; the pointer's type is the key's type.
using setting_field = std::variant<std::string*, std::uint16_t*, std::uint32_t*, std::size_t*,
                                   std::chrono::milliseconds*, std::vector<std::string>*>;

/// One key of the configuration: the same for files, environment, command line, help and example.
struct setting_key {
  std::string_view path;  // "limits.devices"
  setting_field (*field)(settings&);
  std::int64_t least = 0;  // of numbers, and of durations in milliseconds
  std::int64_t most = 0;
  std::string_view unit;         // "characters", "bytes", …; empty for text
  std::string_view description;  // one line
  std::string_view choices;      // "debug info warn error": the words a text may be; empty: any
  bool is_secret = false;
};

/// All keys, in the order of the example file.
std::span<const setting_key> setting_keys();
const setting_key* find_key(std::string_view path);
/// The key that a misspelled one may have meant.
std::optional<std::string_view> similar_key(std::string_view path);

/// A key that is none, as far as it may be shown.
struct unknown_key {
  std::string shown;    // what was typed, without what may be a secret that ran into it; may be empty
  bool is_cut = false;  // something of it is hidden
  std::optional<std::string_view> similar;
};
unknown_key describe_unknown_key(std::string_view path);

/// Sets a value from text (a list: comma-separated); says what would be right when it is not.
std::optional<std::string> set_value(const setting_key& key, settings& into, std::string_view text);
/// Sets a list from its elements.
std::optional<std::string> set_list(const setting_key& key, settings& into,
                                    const std::vector<std::string>& elements);
[[nodiscard]] bool is_list(const setting_key& key);

/// The value as it would be written in a YAML file; secrets are replaced by "(secret)".
std::string value_text(const setting_key& key, const settings& from);
/// "1 to 1024 threads", "one of: …", what a value may be.
std::string allowed_text(const setting_key& key);
/// `PARLEY_LIMITS_DEVICES` of `limits.devices`.
std::string environment_name(const setting_key& key);

}  // namespace parley
