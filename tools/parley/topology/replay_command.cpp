#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <thread>

#include "tools/parley/commands/output.hpp"
#include "tools/parley/topology/recorded_lines.hpp"
#include "tools/parley/topology/recording.hpp"
#include "tools/parley/topology/sources.hpp"
#include "tools/parley/topology/subcommands.hpp"

namespace parley::topology {

using client::outcome;
using client::problem;
using client::trouble;

namespace {

struct replay_options {
  std::string file;
  double speed = 1;
  bool as_json = false;
  snapshot_options shown;
};

/// Waits so that the lines come as far apart as they did.
class pace {
public:
  explicit pace(double speed) : speed_(speed) {}

  void wait_for(std::int64_t moment) {
    if (speed_ <= 0) return;
    if (first_ == 0) first_ = moment;
    const auto passed =
        std::chrono::duration<double, std::milli>(static_cast<double>(moment - first_) / speed_);
    std::this_thread::sleep_until(begin_ +
                                  std::chrono::duration_cast<std::chrono::steady_clock::duration>(passed));
  }

private:
  double speed_;
  std::int64_t first_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

outcome<void> replay_lines(const replay_options& options) {
  auto reader = recording_reader::open(options.file);
  if (reader.has_error()) return reader.error();
  const bool is_for_people = ::isatty(STDOUT_FILENO) != 0 && !options.as_json;
  pace when{options.speed};
  for (;;) {
    auto next = reader->next();
    if (next.has_error()) return next.error();
    if (!*next) break;
    const auto lines = lines_of(**next);
    if (lines.has_error()) return lines.error();
    for (const auto& each : *lines) {
      when.wait_for(each.at);
      commands::print_line(is_for_people ? readable(each.object) : each.text);
    }
  }
  if (!reader->torn_end().empty()) commands::say(reader->torn_end());
  return {};
}

outcome<void> replay(replay_options& options) {
  auto& shown = options.shown;
  if (shown.at.empty() && !(shown.format.empty() && shown.output.empty() && shown.wanted.wants_all()))
    return problem{
        trouble::usage,
        "--format, --output, --kind, --node, --entity and --top show a moment: say which with --at"};
  if (shown.at.empty()) return replay_lines(options);
  if (!is_recording(options.file)) {
    auto reader = recording_reader::open(options.file);
    if (reader.has_error()) return reader.error();
  }
  shown.from = options.file;
  shown.node.as_json = options.as_json;
  return show_snapshot(shown);
}

}  // namespace

void add_replay_command(CLI::App& topology, int& exit_code) {
  auto options = std::make_shared<replay_options>();
  auto* command = topology.add_subcommand("replay", "Play a recording again, or show a moment of it");
  command->add_option("file", options->file, "The recording; FILE.1, FILE.2 … are read before it")
      ->required()
      ->type_name("FILE");
  command
      ->add_option(
          "--at", options->shown.at,
          "The moment: a time such as 2026-05-01T12:00:00Z, +30s after the beginning, -30s before the end")
      ->type_name("TIME");
  command->add_option("--speed", options->speed, "How many times as fast; 0: without waiting")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str()
      ->type_name("N");
  command->add_flag("--json", options->as_json, "JSON also at a terminal");
  add_format_options(*command, options->shown);
  add_selection_options(*command, options->shown.wanted);
  add_top_options(*command, options->shown);
  command->footer(
      "Without --at it prints what `watch` printed, as far apart in time as it was. With --at it shows the\n"
      "snapshot of that moment, in any format: actors and edges as they were then, their counts as in the "
      "last\n"
      "snapshot before.\n\n"
      "A recording whose writer was killed ends where its last whole record does, which is said on stderr; "
      "one\n"
      "that was changed since is refused from the byte on where it is damaged.\n"
      "Exit codes: 0 shown, 1 a bad file, 2 usage.\n\n"
      "Examples:\n  parley topology replay run.rec --speed 10\n"
      "  parley topology replay run.rec --speed 0 | jq -c 'select(.what == \"node_gone\")'\n"
      "  parley topology replay run.rec --at +90s --format gexf -o after-90s.gexf");
  command->callback([options, &exit_code] {
    const auto done = replay(*options);
    exit_code = done.has_error() ? commands::report(done.error()) : 0;
  });
}

}  // namespace parley::topology
