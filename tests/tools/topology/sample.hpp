#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tools/parley/topology/model.hpp"

namespace parley::topology {

/// The text of tests/tools/topology/sample.json: two nodes that count edges, one that is missing, names that
/// are hostile to every file format, ends of edges and flows that are not listed.
inline std::string sample_text() {
  const auto* root = std::getenv("PARLEY_SOURCE_DIR");
  std::ifstream in{std::filesystem::path{root == nullptr ? "." : root} / "tests/tools/topology/sample.json"};
  return {std::istreambuf_iterator<char>{in}, {}};
}

inline json::value sample_value() { return client::parse_json(sample_text()).value(); }

inline snapshot sample() { return read_snapshot(sample_value()).value(); }

}  // namespace parley::topology
