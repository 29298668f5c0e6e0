#pragma once

#include <string>

#include "tools/parley/trace/span.hpp"

namespace parley::trace {

/// Traces that `--format json` wrote, or an answer of GET /v1/operator/traces; `-` is stdin.
client::outcome<collection> saved_traces(const std::string& file);

}  // namespace parley::trace
