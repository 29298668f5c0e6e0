#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/parley/trace/span_store.hpp"

namespace parley::trace {

/// A span with what it caused.
struct tree_span {
  const span* what = nullptr;  // in the store
  std::optional<std::size_t> parent;
  std::vector<std::size_t> children;  // by when they began
};

/// One trace as a tree. It points into the store that it was made of, and is good until that changes.
struct trace_tree {
  std::string id;
  std::vector<tree_span> spans;
  std::vector<std::size_t> tops;       // the root, if it is here, then those whose parents are not here
  std::optional<std::size_t> root;     // the span without a parent
  std::size_t orphans = 0;             // spans whose parents are not here
  std::vector<std::string> continued;  // traces whose fan-out this one shares
  std::vector<std::string> unknown;    // those of them that are not here
  std::size_t backwards = 0;           // spans that began before their causes: clocks differ
  std::int64_t began_ns = 0;           // of the root, else of the first span
  std::int64_t ended_ns = 0;           // of the last span

  [[nodiscard]] const span& at(std::size_t index) const { return *spans[index].what; }
  [[nodiscard]] std::vector<std::string> nodes() const;
};

/// The tree of a trace. The children of what its `shared` spans continue become theirs.
trace_tree make_tree(const std::string& trace, const span_store& all);
trace_tree make_tree(const std::string& trace, span_store&& all) = delete;  // it would point to nothing

}  // namespace parley::trace
