#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/parley/bench/stop_request.hpp"
#include "tools/parley/commands/options.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/topology/recorder.hpp"
#include "tools/parley/topology/subcommands.hpp"
#include "tools/parley/topology/watch_options.hpp"

namespace parley::topology {

using client::outcome;
using commands::say;

namespace {

struct record_options : watch_options {
  std::string file;
  recording_limits limits;
};

outcome<void> record(const record_options& options) {
  const bench::stop_request stop;
  // First: a node need not be asked for what cannot be kept.
  auto file = recording_writer::open(options.file, options.limits);
  if (file.has_error()) return file.error();
  if (file->cut_off() != 0)
    say(fmt::format("{} ended in the middle of a record, as when its writer was killed: {} bytes are cut off",
                    options.file, file->cut_off()));
  auto cluster = asked_cluster::with(options);
  if (cluster.has_error()) return cluster.error();
  recorder to{std::move(*file), bench::stop_request::came};
  say(fmt::format("recording to {}; Ctrl-C ends it", options.file));
  auto done = watcher{std::move(*cluster), settings_of(options), to}.run();
  say(fmt::format("recorded {}", to.summary()));
  return done;
}

}  // namespace

void add_record_command(CLI::App& topology, int& exit_code) {
  auto options = std::make_shared<record_options>();
  options->every_ms = 10'000;
  auto* command = topology.add_subcommand("record", "Keep what `watch` shows in a file, for replay");
  command->add_option("file", options->file, "Where to")->required()->type_name("FILE");
  commands::add_duration(*command, "--every", options->every_ms, "How often a snapshot is taken (1s…1h)")
      ->check(CLI::Range(std::uint64_t{1'000}, std::uint64_t{3'600'000}))
      ->default_str("10s");
  command
      ->add_option("--rotate-bytes", options->limits.rotate_bytes,
                   "Begin another file when this one is longer; with a unit, such as 64MB; 0: never")
      ->transform(CLI::AsSizeValue(false))
      ->default_str("256MB")
      ->type_name("BYTES");
  command->add_option("--keep", options->limits.files, "How many files at most; then the oldest is removed")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str()
      ->type_name("N");
  add_watch_options(*command, *options);
  command->footer(
      "FILE holds packed records of watch's lines, with a snapshot every --every; each record has its "
      "length\n"
      "and a CRC-32. It is only ever added to: whatever ends this program (kill -9 too), what was written "
      "stays\n"
      "readable, a record that was being written is cut off the next time, and said. Recording to a "
      "recording\n"
      "goes on behind it. When FILE is longer than --rotate-bytes it becomes FILE.1, the one before FILE.2 "
      "and\n"
      "so on, and FILE begins anew with a snapshot; replay reads them all, the oldest first.\n\n"
      "Progress is said on stderr; nothing is printed on stdout.\n"
      "Exit codes: 0 ended by --for or Ctrl-C, 1 refused or the file cannot be written, 2 usage, 3 no node\n"
      "answered for too long.\n\n"
      "Examples:\n  parley topology record run.rec --count-edges\n"
      "  parley topology record run.rec --for 10m --every 5s --rotate-bytes 64MB --keep 20\n"
      "  parley topology replay run.rec --at +90s --format graphml -o after-90s.graphml");
  command->callback([options, &exit_code] {
    const auto done = record(*options);
    exit_code = done.has_error() ? commands::report(done.error()) : 0;
  });
}

}  // namespace parley::topology
