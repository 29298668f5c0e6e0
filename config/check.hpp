#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/settings.hpp"

namespace parley {

/// What is wrong with values that are right each by itself: the key, and what would be right.
std::vector<std::pair<std::string_view, std::string>> check_together(const settings& values);

}  // namespace parley
