#include "config/yaml_file.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

namespace parley {

namespace {

constexpr std::size_t problems_max = 20;
constexpr std::size_t depth_max = 8;

/// Thrown through the parser to end it early.
struct stop_reading {};

/// Whether this is text; else the line and byte where it stops being so.
std::optional<yaml_problem> not_text(std::string_view text) {
  yaml_problem at;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    std::size_t length = c < 0x80                ? 1
                         : c >= 0xC2 && c < 0xE0 ? 2
                         : c >= 0xE0 && c < 0xF0 ? 3
                         : c >= 0xF0 && c < 0xF5 ? 4
                                                 : 0;
    const bool control = c < 0x20 && c != '\n' && c != '\r' && c != '\t';
    for (std::size_t k = 1; k < length; ++k)
      if (i + k >= text.size() || (static_cast<unsigned char>(text[i + k]) & 0xC0U) != 0x80) length = 0;
    if (length == 0 || control) {
      at.message = "this is no text file (UTF-8); right is a YAML file such as config/example.yaml";
      return at;
    }
    at.column = c == '\n' ? 1 : at.column + 1;
    at.line += c == '\n' ? 1 : 0;
    i += length;
  }
  return std::nullopt;
}

/// Turns the parser's events into a flat list; nothing is ever expanded.
class flattener : public YAML::EventHandler {
public:
  explicit flattener(yaml_content& into) : into_(into) {}

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { scalar(mark, "", anchor, ""); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    problem(mark, "aliases (*name) are not read here; write the value out");
    throw stop_reading{};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    scalar(mark, tag, anchor, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    refuse_anchor(mark, anchor);
    if (levels_.empty() || levels_.back().is_sequence || !levels_.back().key) {
      problem(mark, "a list cannot stand here; right is 'key: value'");
      throw stop_reading{};
    }
    levels_.push_back({.is_sequence = true});
    into_.values.push_back({path(), true, "", {}, mark.line + 1, mark.column + 1});
  }
  void OnSequenceEnd() override {
    levels_.pop_back();
    levels_.back().key.reset();
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    refuse_anchor(mark, anchor);
    if (levels_.size() >= depth_max ||
        (!levels_.empty() && (levels_.back().is_sequence || !levels_.back().key))) {
      problem(mark, "a mapping cannot stand here, or is nested too deep");
      throw stop_reading{};
    }
    levels_.push_back({});
  }
  void OnMapEnd() override {
    levels_.pop_back();
    if (!levels_.empty()) levels_.back().key.reset();
  }

private:
  struct level {
    bool is_sequence = false;
    std::optional<std::string> key;  // whose value comes next
    std::set<std::string> seen;
  };

  void scalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
              const std::string& value) {
    refuse_anchor(mark, anchor);
    if (levels_.empty()) {
      if (value.empty() && tag.empty()) return;  // an empty document: all defaults
      problem(mark, "the file must hold 'key: value' lines");
      throw stop_reading{};
    }
    auto& current = levels_.back();
    if (tag != "" && tag != "?" && tag != "!")
      problem(mark,
              "tags (!"
              "...) are not read here; write the plain value");
    if (current.is_sequence) {
      into_.values.back().elements.push_back(value);
    } else if (!current.key) {
      current.key = value;
      if (!current.seen.insert(value).second) problem(mark, "stands twice; keep one of them");
    } else {
      into_.values.push_back({path(), false, value, {}, mark.line + 1, mark.column + 1});
      current.key.reset();
    }
  }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor == YAML::NullAnchor) return;
    problem(mark, "anchors (&name) are not read here; write the value out");
    throw stop_reading{};
  }

  void problem(const YAML::Mark& mark, std::string message) {
    into_.problems.push_back({mark.line + 1, mark.column + 1, path(), std::move(message)});
    if (into_.problems.size() >= problems_max) throw stop_reading{};
  }

  [[nodiscard]] std::string path() const {
    std::string text;
    for (const auto& each : levels_)
      if (each.key) text += (text.empty() ? "" : ".") + each.key->substr(0, 80);
    return text;
  }

  yaml_content& into_;
  std::vector<level> levels_;
};

}  // namespace

yaml_content read_yaml(std::string_view text) {
  yaml_content content;
  if (auto problem = not_text(text)) {
    content.problems.push_back(std::move(*problem));
    return content;
  }
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser{in};
    flattener handler{content};
    const bool first = parser.HandleNextDocument(handler);
    yaml_content rest;
    flattener ignored{rest};
    if (first && parser.HandleNextDocument(ignored))
      content.problems.push_back(
          {1, 1, "", "the file holds more than one document; keep one (no second '---')"});
  } catch (const stop_reading&) {
    // What is wrong has been noted.
  } catch (const YAML::Exception& problem) {
    content.problems.push_back({std::max(problem.mark.line, 0) + 1, std::max(problem.mark.column, 0) + 1, "",
                                "this is not YAML: " + problem.msg});
  }
  return content;
}

}  // namespace parley
