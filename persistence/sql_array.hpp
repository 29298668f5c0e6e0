#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace parley {

/// Builds the text form of a one-dimensional PostgreSQL array (PostgreSQL 15, section 8.15.6).
class sql_array {
public:
  void add(std::int64_t number) {
    separate();
    text_ += std::to_string(number);
  }
  void add(std::string_view value) {
    separate();
    text_ += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') text_ += '\\';
      text_ += c;
    }
    text_ += '"';
  }
  void add_null() {
    separate();
    text_ += "NULL";
  }
  /// The array; call once.
  const std::string& finish() {
    text_ += '}';
    return text_;
  }

private:
  void separate() {
    if (text_.size() > 1) text_ += ',';
  }
  std::string text_ = "{";
};

}  // namespace parley
