#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "tools/parley/commands/output.hpp"
#include "tools/parley/trace/saved_traces.hpp"
#include "tools/parley/trace/subcommands.hpp"
#include "tools/parley/trace/trace_output.hpp"

namespace parley::trace {

using client::outcome;
using client::problem;
using client::trouble;

namespace {

struct show_options {
  std::string file;
  bool as_json = false;
  output_options out;
};

/// Only this trace, and those whose fan-out it shares.
outcome<void> choose(collection& what, const std::string& trace) {
  keep_only(what, {trace});
  if (std::ranges::any_of(what.spans, [&](const auto& each) { return each.trace == trace; })) return {};
  return problem{trouble::failed, fmt::format("there is no trace {} in it", trace)};
}

outcome<void> show(const show_options& options) {
  auto what = saved_traces(options.file);
  if (what.has_error()) return what.error();
  if (!options.out.only.empty())
    if (auto done = choose(*what, options.out.only); done.has_error()) return done;
  if (auto done =
          write_out(rendered(*what, format_of(options.out, options.as_json), options.out), options.out);
      done.has_error())
    return done;
  if (what->spans.empty()) commands::say("there are no spans in it");
  for (const auto& each : remarks_about(*what)) commands::say(each);
  return {};
}

}  // namespace

void add_trace_show_command(CLI::App& trace, int& exit_code) {
  auto options = std::make_shared<show_options>();
  auto* command = trace.add_subcommand("show", "Traces from a file, in any of the formats");
  command->add_option("file", options->file, "What --format json wrote, or - for stdin")
      ->required()
      ->type_name("FILE");
  command->add_option("--trace", options->out.only, "Only the trace of this id")->type_name("ID");
  command->add_flag("--json", options->as_json, "The same as --format json");
  add_output_options(*command, options->out);
  command->footer(
      "Examples:\n"
      "  parley trace show run.json\n"
      "  parley trace show run.json --trace 9f2c01a4b7e6d350 --all\n"
      "  parley trace show run.json --format chrome -o run.chrome.json      # open it at ui.perfetto.dev\n"
      "  parley trace show run.json --format otlp | curl -H 'Content-Type: application/json' -d @- \\\n"
      "    http://127.0.0.1:4318/v1/traces");
  command->callback([options, &exit_code] {
    const auto done = show(*options);
    exit_code = done.has_error() ? commands::report(done.error()) : 0;
  });
}

}  // namespace parley::trace
