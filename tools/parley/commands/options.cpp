#include "tools/parley/commands/options.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <map>

namespace parley::commands {

void add_node_options(CLI::App& command, node_options& options) {
  command
      .add_option("--url", options.url, "Address of the node, like https://chat.example.org (or PARLEY_URL)")
      ->type_name("URL");
  command
      .add_option("--data", options.data,
                  "Data folder of a node on this machine, whose file 'address' says where it listens "
                  "(or PARLEY_NODE_DATA; else ./parley-data)")
      ->type_name("FOLDER");
  command
      .add_option("--ca", options.ca,
                  "Authorities to trust when the node speaks TLS, as PEM (or PARLEY_CA; else the system's)")
      ->type_name("FILE");
  command.add_flag("--json", options.as_json, "Print JSON, one object a line");
}

void add_user_options(CLI::App& command, user_options& options) {
  command.add_option("-u,--user", options.user, "Who you are (or PARLEY_USER)")
      ->type_name("NAME")
      ->envname("PARLEY_USER")
      ->required();
  command.add_flag("--create", options.may_create_account,
                   "Make the account if there is none, without asking");
  add_node_options(command, options.node);
}

void add_conversation_options(CLI::App& command, conversation_options& options) {
  auto* which = command.add_option_group("conversation", "which one is meant");
  which->add_option("-w,--with", options.with, "The direct conversation with this person")
      ->type_name("PERSON");
  which->add_option("-g,--group", options.group, "The group of this name or id")->type_name("NAME_OR_ID");
  which->add_option("-c,--conversation", options.conversation, "The conversation of this id")
      ->type_name("ID");
  which->require_option(1);
}

CLI::Option* add_duration(CLI::App& command, const std::string& name, std::uint64_t& ms,
                          const std::string& help) {
  const CLI::AsNumberWithUnit as_ms{
      std::map<std::string, std::uint64_t>{{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}},
      CLI::AsNumberWithUnit::UNIT_REQUIRED};
  const auto convert = [as_ms](std::string& text) {
    const auto given = text;
    try {
      if (as_ms(text).empty()) return std::string{};
    } catch (const CLI::ValidationError&) {
      // It says less than what follows.
    }
    return fmt::format("'{}' is no time: right is a number with its unit, such as 500ms, 10s, 5m or 2h",
                       given);
  };
  return command.add_option(name, ms, help)->transform(CLI::Validator(convert, "TIME"))->type_name("TIME");
}

}  // namespace parley::commands
