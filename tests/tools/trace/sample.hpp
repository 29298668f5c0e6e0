#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tools/parley/trace/span.hpp"
#include "tools/parley/trace/span_store.hpp"

namespace parley::trace {

/// tests/tools/trace/sample.json: a message to a group over three nodes (of node-3's 200 members six have
/// spans, and its clock is 0.6 ms behind), a second message that was published together with it, and an edit
/// of which the middle is missing; spans in no order.
inline collection sample() {
  const auto* root = std::getenv("PARLEY_SOURCE_DIR");
  std::ifstream in{std::filesystem::path{root == nullptr ? "." : root} / "tests/tools/trace/sample.json"};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  return read_collection(client::parse_json(text).value()).value();
}

inline constexpr const char* first_message = "9f2c01a4b7e6d350";
inline constexpr const char* second_message = "9f2c01a4b7e6d351";
inline constexpr const char* torn_edit = "9f2c01a4b7e6d352";

inline span_store store_of(const collection& what) {
  span_store out;
  for (const auto& each : what.spans) out.add(each);
  return out;
}

}  // namespace parley::trace
