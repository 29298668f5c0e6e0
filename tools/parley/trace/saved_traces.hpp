#pragma once

#include <string>

#include "tools/parley/trace/span.hpp"

namespace parley::trace {

/// Traces that `--format json` wrote, an answer of GET /v1/operator/traces, or spans one a line; `-` is stdin.
client::outcome<collection> saved_traces(const std::string& file);

}  // namespace parley::trace
