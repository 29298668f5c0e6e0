#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "tools/parley/bench/stop_request.hpp"
#include "tools/parley/commands/conversations.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/trace/send_run.hpp"
#include "tools/parley/trace/subcommands.hpp"
#include "tools/parley/trace/trace_output.hpp"

namespace parley::trace {

using client::outcome;
using client::problem;
using client::trouble;

namespace {

struct traced_send_options {
  commands::user_options who;
  commands::conversation_options to;
  std::string token_file;
  std::string text;
  unsigned repeat = 1;
  bool names = false;
  output_options out;
};

/// The waterfall of the newest message whose trace is here and, of several messages, the table.
std::string shown(const send_run& run, const waterfall_look& look) {
  std::string out;
  const auto& sent = run.sent();
  for (auto each = sent.rbegin(); each != sent.rend() && out.empty(); ++each)
    if (!each->trace.empty() && run.gathered().spans().knows(each->trace))
      out = waterfall(make_tree(each->trace, run.gathered().spans()), &*each, look);
  if (sent.size() > 1) out += '\n' + summary_table(sent, run.measured());
  return out;
}

outcome<void> conclude(const send_run& run, const traced_send_options& options) {
  const auto& sent = run.sent();
  if (sent.empty()) return problem{trouble::failed, "ended before anything was sent"};
  commands::say(fmt::format("sent: conversation {}, seq {}{}", sent.front().conversation, sent.front().seq,
                            sent.size() == 1 ? "" : fmt::format(" to {}", sent.back().seq)));
  const auto everything = run.everything();
  const auto remarks = remarks_about(everything);
  for (const auto& each : remarks) commands::say(each);
  const auto without = std::ranges::count_if(sent, [](const auto& each) { return each.trace.empty(); });
  if (static_cast<std::size_t>(without) == sent.size())
    return problem{
        trouble::failed,
        fmt::format("no trace came within {} s; are all nodes of this version, and does nobody else "
                    "trace at the same time? a node has one wish, and the newest replaces it",
                    send_run::traces_within.count())};
  if (without != 0)
    commands::say(fmt::format("{} of {} messages are without their trace", without, sent.size()));
  const auto format = format_of(options.out, options.who.node.as_json);
  return write_out(format == trace_format::waterfall ? shown(run, look_of(options.out))
                                                     : rendered(everything, format, options.out),
                   options.out);
}

outcome<void> send_traced(const traced_send_options& options) {
  if (auto done = can_write_out(options.out); done.has_error()) return done;
  const bench::stop_request stop;
  const auto node = client::find_endpoint(options.who.node.choice(), client::process_environment());
  if (node.has_error()) return node.error();
  auto traces = asked_traces::with({options.who.node, options.token_file}, options.names);
  if (traces.has_error()) return traces.error();
  commands::signer people{*node, options.who};
  commands::script_session session{people};
  if (auto opened = session.open(); opened.has_error()) return opened;
  const auto conversation = commands::find_conversation(session, options.to);
  if (conversation.has_error()) return conversation.error();
  if (auto done = traces->skip_what_was(); done.has_error()) return done;
  const auto format = format_of(options.out, options.who.node.as_json);
  send_run run{*traces, session, *conversation,
               format == trace_format::waterfall ? keeping::last : keeping::all};
  if (auto done = run.send(options.text, options.repeat); done.has_error()) return done;
  if (auto done = run.wait_for_traces(); done.has_error()) return done;
  return conclude(run, options);
}

}  // namespace

void add_trace_send_command(CLI::App& trace, int& exit_code) {
  auto options = std::make_shared<traced_send_options>();
  auto* command = trace.add_subcommand("send", "Send a message and see its way");
  commands::add_user_options(*command, options->who);
  commands::add_conversation_options(*command, options->to);
  command
      ->add_option(
          "--token-file", options->token_file,
          "File with the operator's token (else PARLEY_OPERATOR_TOKEN, else operator.token in the data "
          "folder)")
      ->type_name("FILE");
  command
      ->add_option(
          "--repeat", options->repeat,
          "Send this many, one after the other; below the waterfall of the last one stands what all of "
          "them took (1 to 10000)")
      ->check(CLI::Range(1U, 10'000U))
      ->capture_default_str()
      ->type_name("N");
  command->add_flag("--names", options->names, "Ids of people and conversations instead of pseudonyms");
  add_output_options(*command, options->out);
  command->add_option("text", options->text, "The text of each message")->required()->type_name("TEXT");
  command->footer(
      "Signs in like 'parley send', and as operator has the nodes trace what is sent on this session, and "
      "that\n"
      "only. The trace is waited for up to 10 s after the last message. The messages are real ones: the "
      "members\n"
      "get them.\n"
      "Exit codes: 0 shown, 1 refused or no trace came, 2 usage, 3 unreachable.\n\n"
      "Examples:\n"
      "  parley trace send --user alice --group Friends 'which way do you go?'\n"
      "  parley trace send --user alice --conversation 12 --repeat 200 ping\n"
      "  parley trace send --user alice --with bob --format json -o one.json hello; parley trace show "
      "one.json");
  command->callback([options, &exit_code] {
    const auto done = send_traced(*options);
    exit_code = done.has_error() ? commands::report(done.error()) : 0;
  });
}

}  // namespace parley::trace
