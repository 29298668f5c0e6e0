#pragma once

#include <CLI/App.hpp>
#include <string>

#include "tools/parley/trace/exports.hpp"
#include "tools/parley/trace/span.hpp"
#include "tools/parley/trace/waterfall.hpp"

namespace parley::trace {

enum class trace_format { waterfall, json, chrome, otlp, shiviz };

/// How traces are shown: what the subcommands share.
struct output_options {
  std::string format;
  std::string output;
  bool all = false;
  std::string hosts = "actors";
  std::string only;  // the trace that a waterfall shows; empty: all
};

/// `--format`, `--output`, `--all`, `--hosts`.
void add_output_options(CLI::App& command, output_options& options);

/// By `--format`, else JSON with `--json`, else a waterfall at a terminal and JSON elsewhere.
trace_format format_of(const output_options& options, bool as_json);

/// For stdout or a file, as the options say.
waterfall_look look_of(const output_options& options);

/// All traces of the collection; as waterfalls those of requests one below the other, and of several messages
/// that were sent the table.
std::string rendered(const collection& what, trace_format format, const output_options& options);

/// Whether `write_out` can be expected to: asked before anything is traced.
client::outcome<void> can_write_out(const output_options& options);

/// To stdout, or into the file of `--output`: all of it, or what was there before.
client::outcome<void> write_out(const std::string& text, const output_options& options);

}  // namespace parley::trace
