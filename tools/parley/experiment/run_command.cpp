#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>

#include "tools/parley/commands/output.hpp"
#include "tools/parley/experiment/experiment_command.hpp"
#include "tools/parley/experiment/run.hpp"
#include "tools/parley/experiment/schedule.hpp"
#include "tools/parley/experiment/settings_file.hpp"

namespace parley::experiment {

using client::outcome;
using client::problem;
using client::trouble;
using commands::print_line;

namespace {

constexpr std::size_t file_bytes_max = 1UL << 20U;

struct run_command_options {
  std::string file;
  std::string output;
  bool only_says = false;
};

outcome<std::string> text_of_file(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (!in.is_open() || in.bad())
    return problem{trouble::usage, fmt::format("cannot read {}: is it there, and readable?", file)};
  if (text.size() > file_bytes_max)
    return problem{trouble::usage, fmt::format("{} is larger than 1 MiB: this is no experiment", file)};
  return text;
}

std::string spread_text(const spread& of) {
  if (of.how == shape::fixed) return std::to_string(of.least);
  return fmt::format("{} to {} ({}{})", of.least, of.most, of.how == shape::zipf ? "zipf " : "uniform",
                     of.how == shape::zipf ? fmt::format("{:g}", of.exponent) : "");
}

/// What would happen, from the schedule that would be followed.
void print_plan(const settings& what) {
  const auto plan = schedule::of(what);
  std::uint64_t deliveries = 0;
  std::map<std::uint32_t, std::uint64_t> by_person;
  for (const auto& each : plan.sends) {
    deliveries += plan.groups[each.group].members.size();
    ++by_person[each.person];
  }
  print_line(fmt::format("{}", what.name));
  print_line(fmt::format("  nodes       {}{}{}", what.nodes, what.arguments.empty() ? "" : ", with ",
                         fmt::join(what.arguments, " ")));
  print_line(fmt::format("  people      {}, spread evenly over the nodes; {} of them write", what.people,
                         by_person.size()));
  print_line(fmt::format("  groups      {} of {} people", what.groups, spread_text(what.sizes)));
  for (std::size_t i = 0; i < std::min<std::size_t>(plan.groups.size(), 8); ++i)
    print_line(fmt::format("    {:10} {} members", group_name(i), plan.groups[i].members.size()));
  if (plan.groups.size() > 8) print_line(fmt::format("    and {} more", plan.groups.size() - 8));
  print_line(fmt::format("  messages    {} in {}, {:g}/s in the mean; texts of {} characters",
                         plan.sends.size(), duration_text(what.duration), what.rate,
                         spread_text(what.texts)));
  print_line(fmt::format("  deliveries  {}", deliveries));
  print_line(
      fmt::format("  recorded    metrics every {}, topology every {}, traces of {:g} % of the messages",
                  duration_text(what.metrics_every), duration_text(what.topology_every), what.traces * 100));
  print_line(what.faults.empty() ? "  faults      none" : "  faults");
  for (const auto& each : what.faults) print_line("    " + each.said);
  print_line(fmt::format("  at its end  at most {} for what is under way", duration_text(what.settle)));
}

int run_file(const run_command_options& options) {
  const auto text = text_of_file(options.file);
  if (text.has_error()) return commands::report(text.error());
  const auto read = settings_in(*text, options.file);
  for (const auto& each : read.wrong) commands::say(each);
  if (!read.wrong.empty()) return static_cast<int>(trouble::usage);
  if (options.only_says) {
    print_plan(read.what);
    return 0;
  }
  if (options.output.empty())
    return commands::report(
        {trouble::usage, "--output FOLDER says where to; --dry-run only says what would be"});
  const auto done = run(read.what, {*text, options.output});
  if (done.has_error()) return commands::report(done.error());
  commands::say(
      fmt::format("everything is in {0}; a page with plots: parley experiment report {0}", options.output));
  return *done == run_end::violations ? static_cast<int>(trouble::failed) : 0;
}

std::string keys_text() {
  std::string text = "What can be written in FILE:\n";
  for (const auto& each : described_keys()) text += "  " + each + "\n";
  return text;
}

}  // namespace

void add_run_command(CLI::App& experiment, int& exit_code) {
  auto options = std::make_shared<run_command_options>();
  auto* command = experiment.add_subcommand("run", "Run the experiment in a file");
  command->description(
      "Run the experiment in a file\n\n"
      "Real nodes (the parleyd beside this program) on free ports of 127.0.0.1, linked under TLS, on a\n"
      "PostgreSQL of their own that flushes every commit; real WebSocket sessions. The cluster lives in a\n"
      "throw-away folder below TMPDIR or /tmp and is gone at the end. At the end what the clients saw is\n"
      "checked: nothing acknowledged may be lost, doubled or reordered at any member.\n\n"
      "The same file gives the same people, groups, messages and moments; what is measured differs.");
  command->add_option("file", options->file, "The experiment (YAML)")->required()->type_name("FILE");
  command
      ->add_option("-o,--output", options->output,
                   "The folder for what is seen; made, or empty. Its README.md says what is in it")
      ->type_name("FOLDER");
  command->add_flag("--dry-run", options->only_says, "Say what would happen, and start nothing");
  command->footer(
      keys_text() +
      "\nProgress is said on stderr. Ctrl-C ends the load early; what was seen is checked and kept.\n"
      "Exit codes: 0 done, also when ended early (result.json says so); 1 could not go on, or the\n"
      "history has a violation; 2 usage, or a mistake in FILE; 3 no node answered.\n\n"
      "Examples:\n  parley experiment run tools/topology/experiments/node_dies.yaml --dry-run\n"
      "  parley experiment run tools/topology/experiments/node_dies.yaml --output node-dies\n"
      "  parley experiment report node-dies");
  command->callback([options, &exit_code] { exit_code = run_file(*options); });
}

}  // namespace parley::experiment
