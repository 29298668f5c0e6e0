#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "actors/contract/values/ids.hpp"

namespace parley {

/// Appends JSON (RFC 8259) to a string. Commas are put by the callers' order: `member` begins with one
/// unless it is the first of its object.
class json_writer {
public:
  explicit json_writer(std::string& out) : out_(out) {}

  json_writer& raw(std::string_view text) {
    out_.append(text);
    return *this;
  }
  /// `"name":`, with a comma before it where one is needed.
  json_writer& member(std::string_view name) {
    separate();
    out_ += '"';
    out_.append(name);
    out_.append("\":");
    return *this;
  }
  /// Puts a comma where one is needed between elements.
  json_writer& separate() {
    const char last = out_.empty() ? '{' : out_.back();
    if (last != '{' && last != '[' && last != ':') out_ += ',';
    return *this;
  }
  json_writer& number(std::int64_t value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out_.append(digits, end);
    return *this;
  }
  json_writer& boolean(bool value) { return raw(value ? "true" : "false"); }
  template <class Tag>
  json_writer& id(strong_id<Tag> value) {
    out_ += '"';
    number(value.value);
    out_ += '"';
    return *this;
  }
  /// A string in quotes; what must be escaped is, everything else stays as it is (UTF-8).
  json_writer& text(std::string_view value);
  /// A time as RFC 3339 in UTC with milliseconds.
  json_writer& time(timestamp_ms at);

private:
  std::string& out_;
};

}  // namespace parley
