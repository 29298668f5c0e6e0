#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "tools/parley/commands/operator_calls.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/commands/script_commands.hpp"

namespace parley::commands {

using client::outcome;
using client::text_of;
namespace json = client::json;

namespace {

struct shards_options : operator_options {
  bool lists_each = false;
};

std::string owner_of(const json::object& shard) {
  auto name = text_of(shard, "owner");
  if (!name.empty()) return name;
  const auto life = text_of(shard, "incarnation");
  return life.empty() ? "(nobody)" : fmt::format("(unknown life {})", life);
}

void show_each(const json::array& shards) {
  std::vector<std::vector<std::string>> rows{{"SHARD", "OWNER", "SINCE", "RIGHTFUL OWNER"}};
  for (const auto& each : shards) {
    const auto& shard = client::object_in(each);
    rows.push_back({std::to_string(client::number_of(shard, "shard")), owner_of(shard),
                    or_dash(text_of(shard, "since")), or_dash(text_of(shard, "rightful_owner"))});
  }
  print_table(rows);
}

void show_owners(const json::array& shards) {
  struct holding {
    std::size_t count = 0;
    std::size_t elsewhere = 0;  // another node should have them
    std::string first, last;    // since when; such times are in the order of their texts
  };
  std::map<std::string, holding> owners;
  for (const auto& each : shards) {
    const auto& shard = client::object_in(each);
    auto& owner = owners[owner_of(shard)];
    ++owner.count;
    if (!client::flag_of(shard, "is_rightful")) ++owner.elsewhere;
    const auto since = text_of(shard, "since");
    if (since.empty()) continue;
    if (owner.first.empty() || since < owner.first) owner.first = since;
    if (since > owner.last) owner.last = since;
  }
  std::vector<std::vector<std::string>> rows{{"OWNER", "SHARDS", "MISPLACED", "FIRST TAKEN", "LAST TAKEN"}};
  std::size_t misplaced = 0;
  for (const auto& [name, owner] : owners) {
    misplaced += owner.elsewhere;
    rows.push_back({name, std::to_string(owner.count), std::to_string(owner.elsewhere), or_dash(owner.first),
                    or_dash(owner.last)});
  }
  print_table(rows);
  if (misplaced != 0)
    say(
        fmt::format("{} shards are not where they belong and move within seconds; if they do not, `parley "
                    "nodes` says who is not well",
                    misplaced));
}

outcome<void> show_shards(const shards_options& options) {
  const auto calls = operator_calls::with(options);
  if (calls.has_error()) return calls.error();
  const auto answer = calls->call("GET", "/v1/operator/shards");
  if (answer.has_error()) return answer.error();
  const auto& shards = client::array_of(*answer, "shards");
  if (options.node.as_json)
    for (const auto& each : shards) print_line(client::json_line(each));
  else
    options.lists_each ? show_each(shards) : show_owners(shards);
  return {};
}

}  // namespace

void add_shards_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<shards_options>();
  auto* command = app.add_subcommand("shards", "Show which node holds which shards; for operators");
  command->description(
      "Show which node holds which shards; for operators\n\n"
      "Conversations and users are spread over 1024 shards. Who holds a shard is who has its lock in the\n"
      "database; who should is the node that the rendezvous hash gives it to, among those that serve. The\n"
      "two differ (MISPLACED) only while shards move: when a node comes, goes, or drains.");
  add_operator_options(*command, *options);
  command->add_flag("--each", options->lists_each, "A line for each shard instead of each owner");
  command->footer(
      "With --json one object for each shard. Exit codes: 0 shown, 1 refused, 2 usage, 3 unreachable.\n\n"
      "Examples:\n  parley shards --data /var/lib/parley\n"
      "  parley shards --json | jq 'select(.is_rightful | not)'");
  command->callback([options, &exit_code] {
    const auto done = show_shards(*options);
    exit_code = done.has_error() ? report(done.error()) : 0;
  });
}

}  // namespace parley::commands
