#include <CLI/CLI.hpp>
#include <memory>

#include "tools/parley/commands/output.hpp"
#include "tools/parley/topology/difference.hpp"
#include "tools/parley/topology/sources.hpp"
#include "tools/parley/topology/subcommands.hpp"

namespace parley::topology {

using client::outcome;

namespace {

struct diff_options {
  std::string before;
  std::string after;
  std::string before_at;
  std::string after_at;
  selection wanted;
  bool as_json = false;
};

outcome<void> show_difference(const diff_options& options) {
  auto before = snapshot_in(options.before, options.before_at);
  if (before.has_error()) return before.error();
  auto after = snapshot_in(options.after, options.after_at);
  if (after.has_error()) return after.error();
  if (before->names != after->names)
    return client::problem{client::trouble::usage,
                           "one of them has names and the other has pseudonyms: nobody in it is the same"};
  select(*before, options.wanted);
  select(*after, options.wanted);
  const auto found = difference_between(*before, *after);
  if (options.as_json) {
    commands::print_line(client::json_line(to_json(found)));
    return {};
  }
  auto text = to_text(found);
  text.pop_back();
  commands::print_line(text);
  return {};
}

}  // namespace

void add_diff_command(CLI::App& topology, int& exit_code) {
  auto options = std::make_shared<diff_options>();
  auto* command = topology.add_subcommand("diff", "What differs between two snapshots");
  command->add_option("a", options->before, "The earlier one")->required()->type_name("A");
  command->add_option("b", options->after, "The later one")->required()->type_name("B");
  command->add_option("--at-a", options->before_at, "Which moment of the recording A")->type_name("TIME");
  command->add_option("--at-b", options->after_at, "Which moment of the recording B")->type_name("TIME");
  add_selection_options(*command, options->wanted);
  command->add_flag("--json", options->as_json, "Print one JSON object, with everything in it");
  command->footer(
      "Actors and edges that came, went or moved (the same entity, on another node), nodes that came or "
      "went,\n"
      "and counts that changed, the largest change first. A and B are files of `parley topology --json`, or\n"
      "recordings, of which the last moment counts unless --at-a or --at-b name another.\n\n"
      "Exit codes: 0 shown, whether they differ or not; 1 a bad file, 2 usage.\n\n"
      "Examples:\n  parley topology diff before.json after.json\n"
      "  parley topology diff run.rec run.rec --at-a +10s --at-b -10s --kind conversation\n"
      "  parley topology diff before.json after.json --json | jq '.actors_moved | length'");
  command->callback([options, &exit_code] {
    const auto done = show_difference(*options);
    exit_code = done.has_error() ? commands::report(done.error()) : 0;
  });
}

}  // namespace parley::topology
