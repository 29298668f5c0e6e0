#include <CLI/CLI.hpp>
#include <memory>

#include "tools/parley/commands/conversations.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/commands/script_commands.hpp"

namespace parley::commands {

using client::outcome;

namespace {

struct people_options {
  user_options who;
  std::string prefix;
  unsigned limit = 20;
};

outcome<void> list_people(const people_options& options) {
  const auto node = client::find_endpoint(options.who.node.choice(), client::process_environment());
  if (node.has_error()) return node.error();
  signer people{*node, options.who};
  script_session session{people};
  if (auto opened = session.open(); opened.has_error()) return opened;
  const auto found = session.call("find_users", {{"prefix", options.prefix}, {"limit", options.limit}});
  if (found.has_error()) return found.error();
  std::vector<std::vector<std::string>> rows{{"ID", "NAME"}};
  for (const auto& each : client::array_of(*found, "users")) {
    const auto& user = client::object_in(each);
    if (options.who.node.as_json)
      print_line(client::json_line(each));
    else
      rows.push_back({client::text_of(user, "id"), client::text_of(user, "name")});
  }
  if (options.who.node.as_json) return {};
  if (rows.size() == 1)
    say("nobody's name begins so");
  else
    print_table(rows);
  return {};
}

}  // namespace

void add_people_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<people_options>();
  auto* command = app.add_subcommand("people", "Find people by the beginning of their name; for scripts");
  add_user_options(*command, options->who);
  command->add_option("prefix", options->prefix, "How the name begins; two characters at least")
      ->required()
      ->type_name("PREFIX");
  command->add_option("-n,--limit", options->limit, "How many at most (20 unless told)")
      ->type_name("COUNT")
      ->check(CLI::Range(1U, 20U));
  command->footer("Example:\n  parley people --user alice bo --json");
  command->callback([options, &exit_code] {
    const auto done = list_people(*options);
    exit_code = done.has_error() ? report(done.error()) : 0;
  });
}

}  // namespace parley::commands
