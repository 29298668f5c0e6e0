#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace parley {

/// The first parameter of this name in the query of a target, as it stands there; nothing without one.
std::optional<std::string_view> parameter_in(std::string_view query, std::string_view name);
/// The text that stands percent-encoded in a target; nothing when it is none that a name can hold.
std::optional<std::string> decoded(std::string_view text);

}  // namespace parley
