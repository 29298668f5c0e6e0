#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/parley/bench/histogram.hpp"
#include "tools/parley/client/json.hpp"

namespace parley::bench {

/// The figures of a run: a table for people and JSON for programs, made of the same values.
/// `key` is the path in the JSON, with dots.
class report {
public:
  /// A line above what follows in the table.
  void heading(std::string title);
  void text(std::string_view key, std::string label, std::string value);
  void count(std::string_view key, std::string label, std::uint64_t value, std::string_view unit = {});
  /// null in the JSON, and "unknown" in the table, when there is no value.
  void number(std::string_view key, std::string label, std::optional<double> value, int decimals,
              std::string_view unit = {});
  /// p50, p99, p99.9 and the maximum, in microseconds in the JSON, as a line in milliseconds.
  void latency(std::string_view key, std::string label, const histogram& values);
  /// In the JSON only.
  void value(std::string_view key, client::json::value value) { set(key, std::move(value)); }
  /// In the table only: a line of its own.
  void remark(std::string text) { heading(std::move(text)); }

  [[nodiscard]] std::string table() const;
  [[nodiscard]] std::string json() const;

private:
  struct line {
    std::string label;  // empty: a heading
    std::string value;
  };
  void set(std::string_view key, client::json::value value);

  std::vector<line> lines_;
  client::json::object json_;
};

}  // namespace parley::bench
