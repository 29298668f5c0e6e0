#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace parley {

/// What the command line asks a node to do.
enum class settings_action : std::uint8_t { run, check, print, help, version };

/// The settings of a node, and where each came from.
struct loaded_settings {
  settings values;
  settings_action action = settings_action::run;
  std::map<std::string_view, std::string> origins;  // key → "default", "node.yaml:3:9", "PARLEY_…", "--…"
};

/// Either the settings, or one line per thing that is wrong:
/// `file:line:column: key: what is wrong, what would be right`. After 40 lines one
/// counts the rest. No line quotes a secret.
struct load_result {
  std::optional<loaded_settings> loaded;
  std::vector<std::string> errors;
};

/// Reads the configuration: a flag counts more than `PARLEY_*`, that more than the file, that more than
/// the default. `arguments` without the program's name.
load_result load_settings(std::span<const std::string> arguments,
                          const std::map<std::string, std::string>& environment);

/// The text of `--help`.
std::string help_text();
/// The text of `config/example.yaml`: every key with its default, and what it may be.
std::string example_text();
/// The text of `--print-config`: a YAML file with each value's origin as a comment; no secrets.
std::string print_text(const loaded_settings& loaded);

}  // namespace parley
