#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "tools/parley/commands/cluster_nodes.hpp"
#include "tools/parley/commands/operator_calls.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/commands/script_commands.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::commands {

using client::outcome;
using client::problem;
using client::text_of;
using client::trouble;
namespace json = client::json;

namespace {

constexpr unsigned not_found = 404;

struct where_options : operator_options {
  std::string what;
  bool is_user = false;
};

bool is_number(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// A number is a conversation's id, if there is one, and else a user's.
outcome<client::http_answer> find(const operator_calls& calls, const where_options& options) {
  const std::string path = "/v1/operator/where?";
  if (!options.is_user && is_number(options.what)) {
    auto answer = calls.ask("GET", path + "conversation=" + options.what);
    if (answer.has_error() || answer->status != not_found) return answer;
  }
  return calls.ask("GET", path + "user=" + encoded(options.what));
}

std::string owner_text(const json::object& place) {
  const auto owner = text_of(place, "owner");
  const auto life = text_of(place, "incarnation");
  if (owner.empty() && life.empty())
    return "nobody: what is sent waits until a node takes the shard, which takes a second or two";
  auto text = owner.empty() ? fmt::format("a life {} that `parley nodes` does not show", life) : owner;
  if (const auto url = text_of(place, "url"); !url.empty()) text += fmt::format(" ({})", url);
  const auto since = text_of(place, "since");
  if (since.empty()) return text;
  return fmt::format("{}, for {} (since {})", text, duration_text(client::number_of(place, "held_ms")),
                     since);
}

std::string reason_text(const json::object& place) {
  const auto rightful = text_of(place, "rightful_owner");
  if (rightful.empty()) return "no node serves: start one";
  if (client::flag_of(place, "is_rightful"))
    return fmt::format("among the nodes that serve, the rendezvous hash gives this shard to {}", rightful);
  return fmt::format("the shard is moving: the rendezvous hash gives it to {}", rightful);
}

outcome<void> show_place(const where_options& options) {
  const auto calls = operator_calls::with(options);
  if (calls.has_error()) return calls.error();
  const auto answer = find(*calls, options);
  if (answer.has_error()) return answer.error();
  if (answer->status == not_found)
    return problem{trouble::failed,
                   fmt::format("there is no conversation and no user '{}': `parley accounts list` and "
                               "`parley groups --user NAME` show what there is",
                               options.what)};
  if (!answer->is_good()) return problem{trouble::failed, answer->error_message()};
  const auto& place = client::object_in(answer->body);
  if (options.node.as_json) {
    print_line(client::json_line(place));
    return {};
  }
  const auto conversation = text_of(place, "conversation");
  const auto name = text_of(place, "name");
  print_line(view::safe_text(fmt::format("{} {}{}", conversation.empty() ? "user" : "conversation",
                                         conversation.empty() ? text_of(place, "user") : conversation,
                                         name.empty() ? "" : fmt::format(" ({})", name))));
  print_line(fmt::format("  shard:  {}", client::number_of(place, "shard")));
  print_line(view::safe_text("  owner:  " + owner_text(place)));
  print_line(view::safe_text("  why:    " + reason_text(place)));
  return {};
}

}  // namespace

void add_where_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<where_options>();
  auto* command =
      app.add_subcommand("where", "Say which node owns a conversation or a user, and why; for operators");
  command->description(
      "Say which node owns a conversation or a user, and why; for operators\n\n"
      "The owner numbers what is written to a conversation; readers and writers are on any node. A number "
      "is\n"
      "taken for a conversation's id, then for a user's; anything else is a user's name.");
  add_operator_options(*command, *options);
  command->add_option("what", options->what, "Id of a conversation, or name or id of a user")
      ->required()
      ->type_name("CONVERSATION|USER");
  command->add_flag("-u,--user", options->is_user, "Take it for a user, even if it is a number");
  command->footer(
      "Exit codes: 0 found, 1 not found or refused, 2 usage, 3 unreachable.\n\n"
      "Examples:\n  parley where alice --data /var/lib/parley\n"
      "  parley where 7350119400442318848 --json | jq -r .owner");
  command->callback([options, &exit_code] {
    const auto done = show_place(*options);
    exit_code = done.has_error() ? report(done.error()) : 0;
  });
}

}  // namespace parley::commands
