#include "tools/parley/chat/chat_subcommand.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/parley/chat/chat_app.hpp"
#include "tools/parley/commands/output.hpp"

namespace parley::chat {

namespace {

int chat(const chat_options& options) {
  const auto node = client::find_endpoint(options.who.node.choice(), client::process_environment());
  if (node.has_error()) return commands::report(node.error());
  commands::signer people{*node, options.who};
  auto who = people.sign_in();
  if (who.has_error()) return commands::report(who.error());
  return chat_app{options, people, std::move(*who)}.run();
}

}  // namespace

void add_chat_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<chat_options>();
  auto* command =
      app.add_subcommand("chat", "Chat: your conversations, live, in a terminal or through pipes");
  commands::add_user_options(*command, options->who);
  auto* with =
      command->add_option("-w,--with", options->with, "Open the direct conversation with this person")
          ->type_name("PERSON");
  command->add_option("-g,--group", options->group, "Open the group of this name or id")
      ->type_name("NAME_OR_ID")
      ->excludes(with);
  command->footer(
      "Type to talk; /help lists the commands. A restart of the node is survived: what was not acknowledged "
      "is\n"
      "sent again, what was missed is shown. The password is taken from PARLEY_PASSWORD or asked for, an "
      "unknown\n"
      "account is offered to be made, and the token is kept (mode 0600) in $XDG_STATE_HOME/parley.\n"
      "When stdin or stdout is no terminal, each line of stdin is a message or a command, each entry of the "
      "open\n"
      "conversation a line on stdout (time, sender and text, separated by tabs), and all else goes to "
      "stderr.\n\n"
      "Examples:\n"
      "  parley chat --user alice\n"
      "  parley chat --user alice --with bob\n"
      "  tail -f events.log | parley chat --user ci --group Operations > /dev/null");
  command->callback([options, &exit_code] { exit_code = chat(*options); });
}

}  // namespace parley::chat
