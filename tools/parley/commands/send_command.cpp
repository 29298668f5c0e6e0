#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>
#include <memory>

#include "tools/parley/commands/conversations.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/commands/script_commands.hpp"

namespace parley::commands {

namespace {

struct send_options {
  user_options who;
  conversation_options to;
  std::string key;
  std::string text;
};

/// All of stdin, without the line end that a pipe puts behind the last line; above the bound it is an error
/// here rather than memory.
client::outcome<std::string> text_of_stdin() {
  constexpr std::size_t bytes_max = 1UL << 20U;
  std::string text;
  std::array<char, 65'536> part{};
  while (std::cin.read(part.data(), part.size()) || std::cin.gcount() > 0) {
    text.append(part.data(), static_cast<std::size_t>(std::cin.gcount()));
    if (text.size() > bytes_max)
      return client::problem{client::trouble::failed,
                             "the text on stdin is larger than 1 MiB; send it in parts"};
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

client::outcome<void> send(const send_options& options) {
  auto text = options.text == "-" ? text_of_stdin() : client::outcome<std::string>{options.text};
  if (text.has_error()) return text.error();
  const auto node = client::find_endpoint(options.who.node.choice(), client::process_environment());
  if (node.has_error()) return node.error();
  signer people{*node, options.who};
  script_session session{people};
  if (auto opened = session.open(); opened.has_error()) return opened;
  const auto conversation = find_conversation(session, options.to);
  if (conversation.has_error()) return conversation.error();
  const auto key = options.key.empty() ? random_key() : options.key;
  auto sent = session.call("send", {{"conversation", *conversation}, {"key", key}, {"text", *text}});
  if (sent.has_error()) {
    auto why = sent.error();
    if (why.kind == client::trouble::unreachable) why.message += fmt::format(" (the key was {})", key);
    return why;
  }
  const auto duplicate = client::flag_of(*sent, "duplicate");
  if (options.who.node.as_json) {
    auto line = *sent;
    line["conversation"] = *conversation;
    line["key"] = key;
    print_line(client::json_line(line));
    return {};
  }
  print_line(fmt::format("conversation {}  seq {}  {}{}", *conversation, client::number_of(*sent, "seq"),
                         client::text_of(*sent, "at"), duplicate ? "  (was there already)" : ""));
  return {};
}

}  // namespace

void add_send_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<send_options>();
  auto* command = app.add_subcommand("send", "Send one message; for scripts");
  add_user_options(*command, options->who);
  add_conversation_options(*command, options->to);
  command
      ->add_option(
          "-k,--key", options->key,
          "Your own name for this message (1-64 printable ASCII characters): sent again with the same key, "
          "also a year later, it stays one message")
      ->type_name("KEY");
  command->add_option("text", options->text, "The text, or - to read it from stdin")
      ->required()
      ->type_name("TEXT|-");
  command->footer(
      "Returns when the message is committed, and prints where it is in the log.\n"
      "The password is taken from PARLEY_PASSWORD or asked for; the token is kept.\n\n"
      "Examples:\n"
      "  parley send --user alice --with bob 'the build is green'\n"
      "  git log -1 | parley send --user ci --create --group Releases --key \"$COMMIT\" --json -");
  command->callback([options, &exit_code] {
    const auto done = send(*options);
    exit_code = done.has_error() ? report(done.error()) : 0;
  });
}

}  // namespace parley::commands
