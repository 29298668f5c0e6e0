#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace parley {

/// A value of a configuration file and where it stands.
struct yaml_value {
  std::string path;  // "limits.devices"
  bool is_sequence = false;
  bool is_nothing = false;            // `key:` without a value, or null
  std::string text;                   // of a scalar
  std::vector<std::string> elements;  // of a sequence of scalars
  std::vector<int> element_lines;     // where each of them stands, from 1
  int line = 0;                       // from 1
  int column = 0;                     // from 1
};

struct yaml_problem {
  int line = 1;
  int column = 1;
  std::string path;     // may be empty
  std::string message;  // what is wrong, what would be right
};

struct yaml_content {
  std::vector<yaml_value> values;
  std::vector<yaml_problem> problems;  // at most 20
};

/// Reads one YAML document of nested mappings as a flat list of keys. Refused with their place: keys that
/// stand twice, anchors and aliases (nothing here needs them, and a few lines of them expand without
/// end), tags, more than one document, deep nesting, what is not UTF-8 text. The only file that knows
/// yaml-cpp. `example`: the file that a problem points to as a right one.
yaml_content read_yaml(std::string_view text, std::string_view example = "config/example.yaml");

}  // namespace parley
