#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "tools/parley/client/json.hpp"
#include "tools/parley/experiment/settings.hpp"

namespace parley::experiment {

/// What the form of a folder is called; another one when what is there changes its meaning.
inline constexpr std::string_view folder_schema = "parley.experiment/1";

/// manifest.json: the experiment, what it ran on, and each file with its columns, their units and meaning.
/// Of files that may be missing only those that are in the folder.
client::json::object manifest(const settings& from, client::json::object surroundings,
                              std::string_view time_zero, const std::filesystem::path& folder);

/// The folder's README.md: what it is, how to repeat it, how to load it.
std::string folder_readme(const settings& from);

/// JSON for people to read: members on lines of their own.
std::string indented(const client::json::value& what);

}  // namespace parley::experiment
