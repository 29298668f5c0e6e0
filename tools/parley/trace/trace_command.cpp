#include "tools/parley/trace/trace_command.hpp"
#include "tools/parley/commands/options.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/parley/bench/stop_request.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/topology/subcommands.hpp"
#include "tools/parley/trace/sample_run.hpp"
#include "tools/parley/trace/subcommands.hpp"

namespace parley::trace {

using client::outcome;

namespace {

struct sample_options : commands::operator_options {
  double sample = 0;
  std::string conversation;
  std::uint64_t for_ms = 0;
  std::uint64_t count = 0;
  bool names = false;
  output_options out;
};

outcome<void> sample(const sample_options& options) {
  const bench::stop_request stop;
  auto traces = asked_traces::with(options, options.names);
  if (traces.has_error()) return traces.error();
  sample_settings settings;
  settings.wish.sample = options.sample;
  settings.wish.conversation = options.conversation;
  settings.ends_after = std::chrono::milliseconds{options.for_ms};
  settings.count = options.count;
  settings.format = format_of(options.out, options.node.as_json);
  settings.out = options.out;
  return sample_run{std::move(*traces), std::move(settings)}.run();
}

void add_sample_options(CLI::App& command, sample_options& options) {
  commands::add_operator_options(command, options);
  command
      .add_option("--sample", options.sample,
                  "Trace this part of all requests that write, above 0 (0.01: one in a hundred) to 1 (all)")
      ->check(CLI::Range(1e-6, 1.0).description(""))
      ->type_name("PART");
  command.add_option("--conversation", options.conversation, "Only requests to the conversation of this id")
      ->type_name("ID");
  commands::add_duration(command, "--for", options.for_ms, "End by itself after this long");
  command.add_option("--count", options.count, "End by itself after this many traces")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000}))
      ->type_name("N");
  command.add_flag("--names", options.names, "Ids of people and conversations instead of pseudonyms");
  add_output_options(command, options.out);
}

/// Which of the options before a subcommand was given: they are those of --sample, and would be ignored.
std::string misplaced_option(const CLI::App& trace) {
  for (const auto* each : trace.get_options())
    if (each->count() != 0 && each->get_name() != "--help") return each->get_name();
  return {};
}

constexpr const char* footer =
    "A waterfall is shown when its trace is complete; other formats, and files, are written at the end. All "
    "nodes\n"
    "trace while this runs, and stop when it ends (a minute later, if it could not tell them). A node has "
    "one wish:\n"
    "two people who trace at the same time take it from each other. What is missing is said on stderr.\n"
    "tools/topology/TRACE.md tells what each number means and how to open the files.\n"
    "Exit codes: 0 ended by --for, --count or Ctrl-C, 1 refused or a bad file, 2 usage, 3 unreachable.\n\n"
    "Examples:\n"
    "  parley trace send --user alice --group Friends hello          # one message, and its way\n"
    "  parley trace --sample 0.01                                    # one request in a hundred, as they "
    "come\n"
    "  parley trace --sample 1 --conversation 12 --count 1\n"
    "  parley trace --sample 0.1 --for 10s --format chrome -o run.chrome.json    # open it at "
    "ui.perfetto.dev\n"
    "  parley trace --sample 0.1 --for 10s --json > run.json; parley trace show run.json";

}  // namespace

void add_trace_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<sample_options>();
  auto* command =
      app.add_subcommand("trace", "Follow messages: every actor on the way, how long it waited and worked");
  command->description(
      "Follow messages: every actor on the way, how long it waited and worked; for operators and "
      "researchers\n\n"
      "Without a subcommand it needs --sample and shows the way of that part of all requests that write.");
  command->require_subcommand(0, 1);
  add_sample_options(*command, *options);
  command->footer(footer);
  add_trace_send_command(*command, exit_code);
  add_trace_show_command(*command, exit_code);
  // Before any subcommand runs.
  command->parse_complete_callback([command, options] {
    if (command->get_subcommands().empty()) {
      if (options->sample <= 0)
        throw CLI::ValidationError("--sample",
                                   "which part of all requests? write it like --sample 0.01, or use "
                                   "'parley trace send' or 'parley trace show'");
      return;
    }
    if (const auto option = misplaced_option(*command); !option.empty())
      throw CLI::ValidationError(option, "write it after the subcommand: parley trace " +
                                             command->get_subcommands().front()->get_name() + " " + option);
  });
  command->final_callback([options, command, &exit_code] {
    if (!command->get_subcommands().empty()) return;
    const auto done = sample(*options);
    exit_code = done.has_error() ? commands::report(done.error()) : 0;
  });
}

}  // namespace parley::trace
