#include "config/load.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/check.hpp"
#include "config/keys.hpp"
#include "config/yaml_file.hpp"

namespace parley {

namespace {

constexpr std::uintmax_t file_bytes_max = 1'048'576;
constexpr std::size_t errors_max = 40;

struct loading {
  loaded_settings into;
  std::vector<std::string> errors;

  void wrong(const std::string& where, std::string_view key, const std::string& what) {
    if (errors.size() < errors_max)
      errors.push_back(where + ": " + (key.empty() ? "" : std::string(key) + ": ") + what);
  }
  void unknown(const std::string& where, std::string_view path) {
    const auto similar = similar_key(path);
    wrong(where, path.substr(0, 80),
          "unknown key; " +
              (similar ? "did you mean " + std::string(*similar) + "?" : "parleyd --help lists all"));
  }
  void set(const setting_key& key, std::string_view text, const std::string& where,
           const std::string& origin) {
    if (const auto problem = set_value(key, into.values, text)) return wrong(where, key.path, *problem);
    into.origins[key.path] = origin;
  }
};

std::optional<std::string> read_file(const std::string& name, loading& state) {
  std::error_code problem;
  const auto status = std::filesystem::status(name, problem);
  if (!std::filesystem::exists(status))
    return state.wrong(name + ":1:1", "", "there is no such file; check --config"), std::nullopt;
  if (!std::filesystem::is_regular_file(status))
    return state.wrong(name + ":1:1", "", "this is not a file; right is a YAML file"), std::nullopt;
  if (std::filesystem::file_size(name, problem) > file_bytes_max)
    return state.wrong(name + ":1:1", "", "the file is larger than 1 MiB; this is no configuration"),
           std::nullopt;
  std::ifstream in{name, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  if (!in || !text) {
    if (std::filesystem::file_size(name, problem) == 0) return std::string{};
    return state.wrong(name + ":1:1", "", "the file cannot be read; check its permissions"), std::nullopt;
  }
  return text.str();
}

void load_file(const std::string& name, loading& state) {
  const auto text = read_file(name, state);
  if (!text) return;
  const auto content = read_yaml(*text);
  const auto place = [&](int line, int column) {
    return name + ":" + std::to_string(line) + ":" + std::to_string(column);
  };
  for (const auto& problem : content.problems)
    state.wrong(place(problem.line, problem.column), problem.path, problem.message);
  for (const auto& value : content.values) {
    const auto where = place(value.line, value.column);
    const auto* key = find_key(value.path);
    if (key == nullptr) {
      // A section without anything in it, such as "listen:" alone, changes nothing.
      const bool section = std::ranges::any_of(
          setting_keys(), [&](const auto& known) { return known.path.starts_with(value.path + "."); });
      if (section && !value.is_sequence && value.text.empty()) continue;
      if (section) {
        state.wrong(where, value.path, "is a section; right is an indented 'key: value' below it");
      } else {
        state.unknown(where, value.path);
      }
      continue;
    }
    const auto origin = name + ":" + std::to_string(value.line);
    if (!value.is_sequence) {
      state.set(*key, value.text, where, origin);
    } else if (const auto problem = set_list(*key, state.into.values, value.elements)) {
      state.wrong(where, key->path, *problem);
    } else {
      state.into.origins[key->path] = origin;
    }
  }
}

void load_environment(const std::map<std::string, std::string>& environment, loading& state) {
  for (const auto& [name, value] : environment) {
    // Variables of the command line client, which shares the prefix.
    if (!name.starts_with("PARLEY_") || name == "PARLEY_URL" || name == "PARLEY_PASSWORD" ||
        name == "PARLEY_CONFIG")
      continue;
    const auto known =
        std::ranges::find_if(setting_keys(), [&](const auto& key) { return environment_name(key) == name; });
    // Others may use the prefix for themselves; only ours are read.
    if (known != setting_keys().end()) state.set(*known, value, name, name);
  }
}

struct parsed_flags {
  std::string file;
  std::vector<std::pair<std::string, std::string>> values;  // path, text
};

parsed_flags parse_flags(std::span<const std::string> arguments, loading& state) {
  parsed_flags flags;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& argument = arguments[i];
    if (argument == "--help" || argument == "-h")
      state.into.action = settings_action::help;
    else if (argument == "--version")
      state.into.action = settings_action::version;
    else if (argument == "--check")
      state.into.action = settings_action::check;
    else if (argument == "--print-config")
      state.into.action = settings_action::print;
    else if (!argument.starts_with("--"))
      state.wrong(argument.substr(0, 80), "", "is not understood; flags look like --listen.port=8080");
    else {
      const auto equals = argument.find('=');
      auto path = argument.substr(2, equals == std::string::npos ? std::string::npos : equals - 2);
      std::string value;
      if (equals != std::string::npos)
        value = argument.substr(equals + 1);
      else if (i + 1 < arguments.size())
        value = arguments[++i];
      else {
        state.wrong(argument.substr(0, 80), "", "needs a value: " + argument.substr(0, 80) + "=…");
        continue;
      }
      if (path == "config")
        flags.file = value;
      else
        flags.values.emplace_back(std::move(path), std::move(value));
    }
  }
  return flags;
}

}  // namespace

load_result load_settings(std::span<const std::string> arguments,
                          const std::map<std::string, std::string>& environment) {
  loading state;
  for (const auto& key : setting_keys()) state.into.origins[key.path] = "default";
  auto flags = parse_flags(arguments, state);
  if (flags.file.empty())
    if (const auto named = environment.find("PARLEY_CONFIG"); named != environment.end())
      flags.file = named->second;
  if (!flags.file.empty()) load_file(flags.file, state);
  load_environment(environment, state);
  for (const auto& [path, value] : flags.values) {
    const auto* key = find_key(path);
    if (key == nullptr)
      state.unknown("--" + path.substr(0, 80), path);
    else
      state.set(*key, value, "--" + path, "--" + path);
  }
  if (state.errors.empty())
    for (const auto& [key, problem] : check_together(state.into.values))
      state.wrong(state.into.origins[key], key, problem);
  if (!state.errors.empty() && state.into.action != settings_action::help &&
      state.into.action != settings_action::version)
    return {std::nullopt, std::move(state.errors)};
  return {std::move(state.into), {}};
}

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
  std::vector<std::string> open;
  for (const auto& key : setting_keys()) {
    std::vector<std::string> parts;
    std::istringstream words{std::string(key.path)};
    for (std::string word; std::getline(words, word, '.');) parts.push_back(word);
    for (std::size_t level = 0; level + 1 < parts.size(); ++level) {
      if (level < open.size() && open[level] == parts[level]) continue;
      open.resize(level);
      open.push_back(parts[level]);
      out << std::string(2 * level, ' ') << parts[level] << ":\n";
    }
    open.resize(parts.size() - 1);
    out << std::string(2 * (parts.size() - 1), ' ') << parts.back() << ": " << value_text(key, loaded.values)
        << "  # " << loaded.origins.at(key.path) << '\n';
  }
  return out.str();
}

}  // namespace parley
