#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "tools/parley/bench/bench_command.hpp"
#include "tools/parley/certs/certs_command.hpp"
#include "tools/parley/chat/chat_subcommand.hpp"
#include "tools/parley/commands/script_commands.hpp"
#include "tools/parley/demo/demo_command.hpp"
#include "tools/parley/experiment/experiment_command.hpp"
#include "tools/parley/top/top_command.hpp"
#include "tools/parley/topology/topology_command.hpp"
#include "tools/parley/trace/trace_command.hpp"

// parley: the one command line for everybody. Each subcommand has a file of its own.

namespace {

constexpr int usage = 2;

/// CLI11 has exit codes of its own; here every mistake in the arguments is 2.
int explain(const CLI::App& app, const CLI::ParseError& mistake) {
  const int code = app.exit(mistake, std::cout, std::cerr);
  return code == 0 ? 0 : usage;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Parley: chat from a terminal, and what people who run or study it need"};
  app.name("parley");
  app.set_version_flag("--version", "parley " PARLEY_VERSION);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  int exit_code = 0;
  parley::chat::add_chat_command(app, exit_code);
  parley::commands::add_send_command(app, exit_code);
  parley::commands::add_history_command(app, exit_code);
  parley::commands::add_groups_command(app, exit_code);
  parley::commands::add_people_command(app, exit_code);
  parley::commands::add_accounts_command(app, exit_code);
  parley::commands::add_restored_command(app, exit_code);
  parley::commands::add_nodes_command(app, exit_code);
  parley::commands::add_shards_command(app, exit_code);
  parley::commands::add_where_command(app, exit_code);
  parley::commands::add_drain_command(app, exit_code);
  parley::top::add_top_command(app, exit_code);
  parley::topology::add_topology_command(app, exit_code);
  parley::trace::add_trace_command(app, exit_code);
  parley::certs::add_certs_command(app, exit_code);
  parley::demo::add_demo_command(app, exit_code);
  parley::experiment::add_experiment_command(app, exit_code);
  parley::bench::add_bench_command(app, exit_code);
  app.footer(
      "The node is found by --url, else PARLEY_URL, else the file 'address' in --data, PARLEY_NODE_DATA or "
      "./parley-data.\n"
      "Data goes to stdout, everything else to stderr. Exit codes: 0 done, 1 failed, 2 usage, 3 "
      "unreachable.\n"
      "'parley COMMAND --help' says more, with examples.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& mistake) {
    return explain(app, mistake);
  } catch (const std::exception& problem) {
    std::cerr << "parley: " << problem.what() << '\n';
    return 1;
  }
  return exit_code;
}
