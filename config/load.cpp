#include "config/load.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "config/check.hpp"
#include "config/keys.hpp"
#include "config/redaction.hpp"
#include "config/yaml_file.hpp"

namespace parley {

namespace {

constexpr std::size_t file_bytes_max = 1'048'576;
constexpr std::size_t errors_max = 40;
constexpr std::size_t file_name_bytes_max = 4096;

struct loading {
  loaded_settings into;
  std::vector<std::string> errors;
  std::size_t left_out = 0;                       // of the errors, above `errors_max`
  std::set<std::string, std::less<>> wrong_keys;  // reported once, no later check looks at them

  void wrong(const std::string& where, std::string_view key, const std::string& what) {
    wrong_keys.emplace(key);
    if (errors.size() == errors_max)
      ++left_out;
    else
      errors.push_back(where + ": " + (key.empty() ? "" : std::string(key) + ": ") + what);
  }
  void unknown(const std::string& where, const unknown_key& key) {
    wrong(where, key.shown,
          "unknown key; " +
              (key.similar ? "did you mean " + std::string(*key.similar) + "?" : "parleyd --help lists all") +
              (key.is_cut ? " What was typed is not shown, since it may hold a secret" : ""));
  }
  void unknown_flag(std::size_t argument, std::string_view path) {
    const auto key = describe_unknown_key(path);
    unknown(key.shown.empty() ? "argument " + std::to_string(argument) : "--" + key.shown, key);
  }
  void set(const setting_key& key, std::string_view text, const std::string& where,
           const std::string& origin) {
    if (const auto problem = set_value(key, into.values, text)) return wrong(where, key.path, *problem);
    into.origins[key.path] = origin;
  }
};

std::optional<std::string> read_file(const std::string& path, loading& state) {
  const auto name = printable(path, file_name_bytes_max);
  std::error_code problem;
  const auto status = std::filesystem::status(path, problem);
  if (!std::filesystem::exists(status))
    return state.wrong(name + ":1:1", "", "there is no such file; check --config"), std::nullopt;
  if (!std::filesystem::is_regular_file(status))
    return state.wrong(name + ":1:1", "", "this is not a file; right is a YAML file"), std::nullopt;
  std::ifstream in{path, std::ios::binary};
  std::string text(file_bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad())
    return state.wrong(name + ":1:1", "", "the file cannot be read; check its permissions"), std::nullopt;
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > file_bytes_max)
    return state.wrong(name + ":1:1", "", "the file is larger than 1 MiB; this is no configuration"),
           std::nullopt;
  return text;
}

/// The key below which `path` lies, where no key can be.
const setting_key* key_above(std::string_view path) {
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1))
    if (const auto* key = find_key(path.substr(0, dot))) return key;
  return nullptr;
}

void load_file(const std::string& path, loading& state) {
  const auto text = read_file(path, state);
  const auto name = printable(path, file_name_bytes_max);
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
    if (const auto* above = key_above(value.path)) {
      // What stands below may be a secret in the wrong brackets, so it is not quoted.
      if (!state.wrong_keys.contains(above->path))
        state.wrong(where, above->path, "is a section; right is " + allowed_text(*above));
      continue;
    }
    if (key == nullptr) {
      // A section without anything in it, such as "listen:" alone, changes nothing.
      const bool section = std::ranges::any_of(
          setting_keys(), [&](const auto& known) { return known.path.starts_with(value.path + "."); });
      if (section && !value.is_sequence && value.text.empty()) continue;
      if (section) {
        state.wrong(where, value.path, "is a section; right is an indented 'key: value' below it");
      } else {
        state.unknown(where, describe_unknown_key(value.path));
      }
      continue;
    }
    const auto& origin = where;
    if (value.is_nothing) {
      state.wrong(where, key->path,
                  "has no value; right is " + allowed_text(*key) + ", \"\" for an empty one");
    } else if (!value.is_sequence) {
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

struct flag_value {
  std::size_t argument = 0;  // the how manieth
  std::string path;
  std::string text;
};

struct parsed_flags {
  std::string file;
  std::vector<flag_value> values;
};

parsed_flags parse_flags(std::span<const std::string> arguments, loading& state) {
  parsed_flags flags;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto at = i + 1;
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
      // Not quoted: it may be a secret that lost its flag.
      state.wrong("argument " + std::to_string(at), "",
                  "is not a flag; flags look like --listen.port=8080, a file is given with --config=FILE");
    else {
      const auto equals = argument.find('=');
      auto path = argument.substr(2, equals == std::string::npos ? std::string::npos : equals - 2);
      std::string value;
      if (equals != std::string::npos)
        value = argument.substr(equals + 1);
      else if (i + 1 < arguments.size() && !arguments[i + 1].starts_with("--"))
        value = arguments[++i];
      else if (path != "config" && find_key(path) == nullptr) {
        state.unknown_flag(at, path);
        continue;
      } else {
        state.wrong(argument, path, "needs a value: " + argument + "=…");
        continue;
      }
      if (path == "config")
        flags.file = value;
      else
        flags.values.push_back({at, std::move(path), std::move(value)});
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
  for (const auto& [argument, path, text] : flags.values) {
    if (const auto* key = find_key(path))
      state.set(*key, text, "--" + path, "--" + path);
    else
      state.unknown_flag(argument, path);
  }
  const auto is_wrong = [&](std::string_view key) { return state.wrong_keys.contains(key); };
  const auto is_given = [&](std::string_view key) { return state.into.origins.at(key) != "default"; };
  for (const auto& [key, problem] : check_together(state.into.values, is_wrong, is_given))
    state.wrong(state.into.origins[key], key, problem);
  if (state.left_out > 0)
    state.errors.push_back("and " + std::to_string(state.left_out) + " more; correct these first");
  if (!state.errors.empty() && state.into.action != settings_action::help &&
      state.into.action != settings_action::version)
    return {std::nullopt, std::move(state.errors)};
  return {std::move(state.into), {}};
}

}  // namespace parley
