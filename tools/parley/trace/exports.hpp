#pragma once

#include <string>

#include "tools/parley/trace/span.hpp"
#include "tools/parley/trace/span_store.hpp"

// Files for other programs. How each is opened, and what stands where in it, is told in
// tools/topology/TRACE.md; that they are what those programs read, tests/integration/support/trace_files.py
// checks.

namespace parley::trace {

/// Chrome's trace events, for Perfetto and chrome://tracing: nodes as processes, actors as threads, arrows
/// from what sent a message to what handled it.
std::string to_chrome(const collection& what);

/// OTLP as JSON (opentelemetry-proto 1.x, an ExportTraceServiceRequest): a resource for each node.
std::string to_otlp(const collection& what);

/// Who is a host of ShiViz: each actor, or each node as a whole.
enum class shiviz_hosts { actors, nodes };

/// A log for ShiViz: an event for each span, with a vector clock. The first line is the regular expression to
/// read it by, the second that which separates traces.
std::string to_shiviz(const collection& what, shiviz_hosts hosts);

/// Where a span happened, for programs that need a name for it: the actor, or `node/io` where there is none.
std::string place_of(const span& what);

}  // namespace parley::trace
