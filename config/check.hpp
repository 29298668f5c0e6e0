#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/settings.hpp"

namespace parley {

/// What is wrong with values that have the right type: the key, and what would be right. Quotes no secret.
/// A key for which `is_wrong` says so was reported before and is not looked at; `is_given` tells keys that
/// somebody set from defaults, so that the message names the one to change.
std::vector<std::pair<std::string_view, std::string>> check_together(
    const settings& values, const std::function<bool(std::string_view)>& is_wrong,
    const std::function<bool(std::string_view)>& is_given);

}  // namespace parley
