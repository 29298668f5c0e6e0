#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/parley/commands/operator_calls.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/commands/script_commands.hpp"
#include "tools/parley/commands/terminal_questions.hpp"

namespace parley::commands {

using client::outcome;
using client::problem;
using client::trouble;
namespace json = client::json;

namespace {

struct restored_options : operator_options {
  bool is_sure = false;
};

/// Whether it may be done: `--yes`, or a yes at the terminal.
outcome<void> confirm(const restored_options& options, const std::string& node) {
  if (options.is_sure) return {};
  if (!can_ask())
    return problem{trouble::usage,
                   "nothing was done: this ends all sessions of the cluster, and there is no terminal to ask "
                   "at whether that is meant; say it with --yes"};
  if (!ask_yes(
          fmt::format("All sessions of the cluster of {} end, and every client forgets what it holds and "
                      "reads again.\nWas its database restored from a backup? [y/N] ",
                      node)))
    return problem{trouble::failed, "nothing was done"};
  return {};
}

outcome<void> say_restored(const restored_options& options) {
  const auto calls = operator_calls::with(options);
  if (calls.has_error()) return calls.error();
  if (const auto sure = confirm(options, calls->node().url()); sure.has_error()) return sure.error();
  const auto done = calls->call("POST", "/v1/operator/restored");
  if (done.has_error()) return done.error();
  const auto epoch = client::text_of(*done, "epoch");
  if (epoch.empty())
    return problem{trouble::failed,
                   "the node's answer holds no epoch; is it of another version than parley?"};
  if (options.node.as_json)
    print_line(client::json_line(json::object{{"epoch", epoch}}));
  else
    print_line(epoch);
  say("the cluster has this epoch now; within a second every node ends its sessions, and clients begin anew");
  return {};
}

}  // namespace

void add_restored_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<restored_options>();
  auto* command =
      app.add_subcommand("restored", "Say that the database was restored from a backup; for operators");
  command->description(
      "Say that the database was restored from a backup; for operators\n\n"
      "A restored database lacks what was written after the backup, while clients still hold it and would\n"
      "take it for what is written now. This gives the cluster a new epoch: within a second every node ends\n"
      "all its sessions (close code 1012), and clients that come back are told to forget what they hold and\n"
      "to read it again. Messages, accounts and tokens stay as the backup has them.\n\n"
      "Restore with the nodes stopped, start one, and call this once: one node tells all of them. Called\n"
      "when nothing was restored it costs every client one reading anew, and nothing else.");
  add_operator_options(*command, *options);
  command->add_flag("-y,--yes", options->is_sure,
                    "Do not ask whether it is meant; needed without a terminal");
  command->footer(
      "Prints the new epoch. Exit codes: 0 done, 1 refused, or the answer was no, 2 usage, 3 unreachable.\n"
      "The operator's token counts as the restored database knows it, unless operator.token is "
      "configured.\n\n"
      "Examples:\n  parley restored --data /var/lib/parley\n"
      "  PARLEY_OPERATOR_TOKEN=… parley restored --url https://chat.example.org --yes --json");
  command->callback([options, &exit_code] {
    const auto done = say_restored(*options);
    exit_code = done.has_error() ? report(done.error()) : 0;
  });
}

}  // namespace parley::commands
