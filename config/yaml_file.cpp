#include "config/yaml_file.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
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
std::optional<yaml_problem> not_text(std::string_view text, std::string_view example) {
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
    // Overlong forms, surrogates and what lies beyond Unicode (RFC 3629).
    const auto second = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if ((c == 0xE0 && second < 0xA0) || (c == 0xF0 && second < 0x90) || (c == 0xED && second > 0x9F) ||
        (c == 0xF4 && second > 0x8F))
      length = 0;
    if (length == 0 || control) {
      at.message = "this is no text file (UTF-8); right is a YAML file such as " + std::string{example};
      return at;
    }
    at.column = c == '\n' ? 1 : at.column + 1;
    at.line += c == '\n' ? 1 : 0;
    i += length;
  }
  return std::nullopt;
}

bool is_key_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-';
  });
}

/// The parser's message, without what it quotes from the file.
std::string explain(std::string_view message) {
  if (message.find("anchor") != std::string_view::npos || message.find("alias") != std::string_view::npos)
    return "anchors (&name) and aliases (*name) are not read here; write the value out, in quotes if it "
           "begins "
           "with & or *";
  if (message == YAML::ErrorMsg::TAB_IN_INDENTATION) return "a tab indents this line; right are spaces";
  return "this is not YAML: " + std::string(message.substr(0, message.find(':'))) +
         "; check quotes, brackets and indentation around here";
}

/// Turns the parser's events into a flat list; nothing is ever expanded.
class flattener : public YAML::EventHandler {
public:
  explicit flattener(yaml_content& into) : into_(into) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    problem(mark, "a second document begins here; keep one (no further '---')");
    throw stop_reading{};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    scalar(mark, "", anchor, "");
    // The last value is this one, unless it was a key or the whole document.
    if (!levels_.empty() && !levels_.back().is_sequence && !levels_.back().key && !into_.values.empty()) {
      auto& value = into_.values.back();
      value.is_nothing = true;
      // The parser's mark is that of whatever comes next.
      value.line = levels_.back().key_line;
      value.column = levels_.back().key_column;
    }
  }
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
    levels_.emplace_back();
    levels_.back().is_sequence = true;
    into_.values.push_back({path(), true, false, "", {}, {}, mark.line + 1, mark.column + 1});
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
    int key_line = 1;
    int key_column = 1;
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
      into_.values.back().element_lines.push_back(mark.line + 1);
    } else if (!current.key) {
      if (!is_key_name(value)) {
        // Not quoted: without the space the key holds its value, which may be a secret.
        problem(mark,
                "what stands here is no key; right is 'key: value', a space behind the colon and sections "
                "as nested keys");
        throw stop_reading{};
      }
      current.key = value;
      current.key_line = mark.line + 1;
      current.key_column = mark.column + 1;
      if (!current.seen.insert(value).second) problem(mark, "stands twice; keep one of them");
    } else {
      into_.values.push_back({path(), false, false, value, {}, {}, mark.line + 1, mark.column + 1});
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
  int documents_ = 0;
};

}  // namespace

yaml_content read_yaml(std::string_view text, std::string_view example) {
  yaml_content content;
  if (auto problem = not_text(text, example)) {
    content.problems.push_back(std::move(*problem));
    return content;
  }
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser{in};
    flattener handler{content};
    while (parser.HandleNextDocument(handler)) {
    }
  } catch (const stop_reading&) {
    // What is wrong has been noted.
  } catch (const YAML::Exception& problem) {
    content.values.clear();  // what a wrong bracket or quote swallowed says nothing
    content.problems.push_back(
        {std::max(problem.mark.line, 0) + 1, std::max(problem.mark.column, 0) + 1, "", explain(problem.msg)});
  } catch (const std::exception&) {
    // yaml-cpp lets exceptions of the standard library through for a few malformed files.
    content.values.clear();
    content.problems.push_back({1, 1, "", "this is not YAML; compare it with " + std::string{example}});
  }
  return content;
}

}  // namespace parley
