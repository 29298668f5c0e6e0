#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/parley/experiment/settings.hpp"

namespace parley::experiment {

/// What a file said: an experiment, or everything that is wrong with it, one line each:
/// `file:line:column: key: what is wrong, what is allowed`.
struct read_settings {
  settings what;
  std::vector<std::string> wrong;
};

/// `name` is how the file is called in what is wrong.
read_settings settings_in(std::string_view text, std::string_view name);

/// All keys with what they are, what is allowed and their defaults, a line each.
std::vector<std::string> described_keys();

}  // namespace parley::experiment
