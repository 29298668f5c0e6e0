// What people read, all from the one table: --help, --print-config and the example file.
#include <functional>
#include <sstream>

#include "config/keys.hpp"
#include "config/load.hpp"

namespace parley {

namespace {

/// Walks the keys as the tree they are in YAML: `open` for each section, with its path.
void walk_tree(const std::function<void(std::string_view path, std::size_t depth)>& open,
               const std::function<void(const setting_key& key, std::size_t depth)>& leaf) {
  std::string_view section;  // the innermost open one
  for (const auto& key : setting_keys()) {
    std::size_t depth = 0;
    for (auto dot = key.path.find('.'); dot != std::string_view::npos; dot = key.path.find('.', dot + 1)) {
      const auto path = key.path.substr(0, dot);
      const bool is_open =
          section == path || (section.starts_with(path) && section.substr(dot).starts_with('.'));
      if (!is_open) open(path, depth);
      ++depth;
    }
    section = key.path.substr(0, key.path.rfind('.'));
    leaf(key, depth);
  }
}

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('.') + 1); }

}  // namespace

std::string help_text() {
  std::ostringstream out;
  out << "parleyd: a node of Parley, the chat routing engine\n\n"
         "usage: parleyd [--config FILE] [--KEY=VALUE ...]\n"
         "       parleyd --check [--config FILE]     say whether a node could start so, and what is missing\n"
         "       parleyd --print-config              every value and where it came from\n"
         "       parleyd --version | --help\n\n"
         "Without anything it serves on http://127.0.0.1:8080 with a PostgreSQL of its own in "
         "./parley-data.\n"
         "A flag counts more than the environment variable of the same name (PARLEY_LIMITS_DEVICES for\n"
         "limits.devices), that more than the file, that more than the default.\n";
  std::string_view section;
  const settings defaults;
  for (const auto& key : setting_keys()) {
    const auto dot = key.path.find('.');
    if (key.path.substr(0, dot) != section) {
      section = key.path.substr(0, dot);
      out << '\n';
    }
    out << "  --" << key.path << '=' << value_text(key, defaults) << "\n        " << key.description << " ("
        << allowed_text(key) << ")\n";
  }
  out << "\nexit codes: 0 stopped when asked to, 1 could not serve, 2 wrong usage or configuration\n";
  return out.str();
}

std::string print_text(const loaded_settings& loaded) {
  std::ostringstream out;
  walk_tree([&](std::string_view path,
                std::size_t depth) { out << std::string(2 * depth, ' ') << last_part(path) << ":\n"; },
            [&](const setting_key& key, std::size_t depth) {
              out << std::string(2 * depth, ' ') << last_part(key.path) << ": "
                  << value_text(key, loaded.values) << "  # " << loaded.origins.at(key.path) << '\n';
            });
  return out.str();
}

std::string example_text() {
  static const settings defaults;
  std::ostringstream out;
  out << "# Every setting of a Parley node with its default. All are optional: keep only what you change.\n"
         "# A flag (--limits.devices=20) counts more than a variable (PARLEY_LIMITS_DEVICES=20), that more "
         "than\n"
         "# this file. Paths are relative to the working directory of the node.\n"
         "# Check a file with: parleyd --check --config node.yaml\n";
  walk_tree(
      [&](std::string_view path, std::size_t depth) {
        out << (depth == 0 ? "\n" : "") << std::string(2 * depth, ' ') << last_part(path) << ":\n";
      },
      [&](const setting_key& key, std::size_t depth) {
        const std::string margin(2 * depth, ' ');
        out << margin << "# " << key.description << '\n'
            << margin << "# default " << value_text(key, defaults) << "; " << allowed_text(key) << '\n'
            << margin << last_part(key.path) << ": " << value_text(key, defaults) << '\n';
      });
  return out.str();
}

}  // namespace parley
