#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace parley::testing {

/// Ends the program, which the fuzzer takes for a finding, unless this holds.
inline void check(bool holds, std::string_view what, std::string_view shown = "") {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s: %.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(shown.size()), shown.data());
  std::abort();
}

}  // namespace parley::testing
