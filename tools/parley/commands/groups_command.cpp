#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/parley/commands/conversations.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/commands/script_commands.hpp"

namespace parley::commands {

using client::outcome;
namespace json = client::json;

namespace {

struct groups_options {
  user_options who;
  std::string name;
  std::vector<std::string> members;
  std::string key;
};

template <class Use>
outcome<void> with_session(const user_options& who, Use use) {
  const auto node = client::find_endpoint(who.node.choice(), client::process_environment());
  if (node.has_error()) return node.error();
  signer people{*node, who};
  script_session session{people};
  if (auto opened = session.open(); opened.has_error()) return opened;
  return use(session);
}

outcome<void> list_groups(const groups_options& options, script_session& session) {
  const auto all = list_conversations(session);
  if (all.has_error()) return all.error();
  std::vector<std::vector<std::string>> rows{{"ID", "MEMBERS", "UNREAD", "ENTRIES", "NAME"}};
  for (const auto& each : *all) {
    if (!each.is_group) continue;
    if (options.who.node.as_json)
      print_line(client::json_line({{"id", each.id},
                                    {"name", each.name},
                                    {"member_count", each.member_count},
                                    {"unread", each.unread},
                                    {"head", each.head}}));
    else
      rows.push_back({each.id, std::to_string(each.member_count), std::to_string(each.unread),
                      std::to_string(each.head), each.name});
  }
  if (options.who.node.as_json) return {};
  if (rows.size() == 1)
    say("no groups yet; make one: parley groups create NAME --members PERSON,PERSON");
  else
    print_table(rows);
  return {};
}

outcome<void> create_group(const groups_options& options, script_session& session) {
  json::array members;
  for (const auto& each : options.members) {
    const auto person = find_person(session, each);
    if (person.has_error()) return person.error();
    members.emplace_back(person->id);
  }
  const auto key = options.key.empty() ? random_key() : options.key;
  auto made =
      session.call("create_group", {{"key", key}, {"name", options.name}, {"members", std::move(members)}});
  if (made.has_error()) return made.error();
  if (options.who.node.as_json) {
    auto line = *made;
    line["key"] = key;
    print_line(client::json_line(line));
  } else {
    print_line(client::text_of(*made, "conversation"));
  }
  return {};
}

}  // namespace

void add_groups_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<groups_options>();
  auto* command = app.add_subcommand("groups", "List your groups, or create one; for scripts");
  add_user_options(*command, options->who);
  auto* create = command->add_subcommand("create", "Create a group and print its id");
  create->fallthrough();
  create->add_option("name", options->name, "What it is called")->required()->type_name("NAME");
  create->add_option("-m,--members", options->members, "Who is in it beside you, by name")
      ->required()
      ->delimiter(',')
      ->type_name("PERSON,…");
  create->add_option("-k,--key", options->key, "Your own name for this request: repeated, it stays one group")
      ->type_name("KEY");
  command->footer(
      "Examples:\n"
      "  parley groups --user alice\n"
      "  parley groups --user alice create Friends --members bob,carol");
  command->callback([options, create, &exit_code] {
    const auto done = with_session(options->who, [&](script_session& session) {
      return create->parsed() ? create_group(*options, session) : list_groups(*options, session);
    });
    exit_code = done.has_error() ? report(done.error()) : 0;
  });
}

}  // namespace parley::commands
