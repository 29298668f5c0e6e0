#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/parley/trace/span.hpp"

namespace parley::trace {

/// Spans by trace; each once, however often it came.
class span_store {
public:
  /// Whether it was new.
  bool add(span what);
  void forget(const std::string& trace);
  /// The spans of a trace, in the order they came; none when it is not known.
  [[nodiscard]] const std::vector<span>& of(const std::string& trace) const;
  [[nodiscard]] bool knows(const std::string& trace) const { return traces_.contains(trace); }
  /// All traces, by when their first span began.
  [[nodiscard]] std::vector<std::string> traces() const;
  [[nodiscard]] std::size_t size() const { return size_; }

private:
  struct one {
    std::vector<span> spans;
    std::set<std::string> ids;
  };
  std::map<std::string, one> traces_;
  std::size_t size_ = 0;
};

}  // namespace parley::trace
