#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <thread>

#include "tools/parley/commands/cluster_nodes.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/commands/script_commands.hpp"

namespace parley::commands {

using client::outcome;
namespace json = client::json;
using namespace std::chrono_literals;

namespace {

/// A beat comes each second: after this much another one was seen of every node that lives.
constexpr auto next_beat_after = 1'100ms;

struct nodes_options : operator_options {
  bool watches = false;
};

void show_lines(const cluster_nodes& seen, const message_rates& rates) {
  for (const auto& each : seen.nodes) {
    auto node = client::object_in(each);
    const auto rate = rates.of(client::text_of(node, "incarnation"));
    node["messages_per_second"] = rate ? json::value(*rate) : json::value(nullptr);
    print_line(client::json_line(node));
  }
}

void show_table(const cluster_nodes& seen, const message_rates& rates) {
  print_table(table_of(seen, rates));
  for (const auto& each : remarks_about(seen)) say(each);
}

/// Until somebody ends it. A node that does not answer now may do so soon.
outcome<void> watch(const nodes_options& options, const operator_calls& calls, message_rates& rates) {
  const bool is_screen = ::isatty(STDOUT_FILENO) != 0 && !options.node.as_json;
  for (bool is_first = true;; is_first = false) {
    std::this_thread::sleep_for(next_beat_after);
    const auto seen = ask_for_nodes(calls);
    if (seen.has_error()) {
      if (seen.error().kind != client::trouble::unreachable) return seen.error();
      report(seen.error());
      continue;
    }
    rates.learn(*seen);
    if (options.node.as_json) {
      show_lines(*seen, rates);
      continue;
    }
    // Home, and clear: the table stands still.
    if (is_screen)
      fmt::print("\x1b[H\x1b[J");
    else if (!is_first)
      print_line("");
    show_table(*seen, rates);
  }
}

outcome<void> show_nodes(const nodes_options& options) {
  const auto calls = operator_calls::with(options);
  if (calls.has_error()) return calls.error();
  message_rates rates;
  auto seen = ask_for_nodes(*calls);
  if (seen.has_error()) return seen.error();
  rates.learn(*seen);
  if (options.watches) return watch(options, *calls, rates);
  std::this_thread::sleep_for(next_beat_after);
  seen = ask_for_nodes(*calls);
  if (seen.has_error()) return seen.error();
  rates.learn(*seen);
  options.node.as_json ? show_lines(*seen, rates) : show_table(*seen, rates);
  return {};
}

}  // namespace

void add_nodes_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<nodes_options>();
  auto* command =
      app.add_subcommand("nodes", "Show the nodes of the cluster and what they do; for operators");
  command->description(
      "Show the nodes of the cluster and what they do; for operators\n\n"
      "Any node answers for all: each says of itself in the database, once a second, what is shown here. It\n"
      "takes a second, since MSG/S is measured between two of those beats.\n\n"
      "STATE       starting, serving, draining (gives its shards away and ends), secluded (does not reach "
      "its\n"
      "            peers and holds nothing until it does), gone (holds nothing, and was killed, or is\n"
      "            silent for 10 s)\n"
      "SHARDS      how many of the 1024 shards, by the locks in the database\n"
      "MSG/S       messages that it committed, a second\n"
      "COMMIT P99  of the last minute; above 50 ms look at the database's disk\n"
      "LINK LAG    how old the oldest message is that a peer has not confirmed\n"
      "LINKS       peers that it reaches, of those there are");
  add_operator_options(*command, *options);
  command->add_flag("-w,--watch", options->watches, "Show it again each second, until Ctrl-C");
  command->footer(
      "What is wrong with a node is said on stderr, below the table. With --json one object for each node.\n"
      "Exit codes: 0 shown, 1 refused, 2 usage, 3 unreachable.\n\n"
      "Examples:\n  parley nodes --data /var/lib/parley\n  parley nodes --watch\n"
      "  parley nodes --json | jq -r 'select(.state != \"serving\").name'");
  command->callback([options, &exit_code] {
    const auto done = show_nodes(*options);
    exit_code = done.has_error() ? report(done.error()) : 0;
  });
}

}  // namespace parley::commands
