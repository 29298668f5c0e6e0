#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>
#include <memory>
#include <optional>

#include "tools/parley/commands/conversations.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/commands/script_commands.hpp"
#include "tools/parley/view/entry_text.hpp"

namespace parley::commands {

using client::outcome;
namespace json = client::json;

namespace {

constexpr std::uint64_t page_max = 100;

struct history_options {
  user_options who;
  conversation_options of;
  std::optional<std::uint64_t> before;
  std::optional<std::uint64_t> after;
  std::uint64_t limit = 20;
  bool all = false;
};

/// Reads and prints a log, page by page.
class history_reader {
public:
  history_reader(script_session& session, std::string conversation, const history_options& options)
      : session_(session), conversation_(std::move(conversation)), options_(options) {}

  outcome<void> print() {
    auto names = names_of_members(session_, conversation_);
    if (names.has_error()) return names.error();
    names_ = std::move(*names);
    return options_.all || options_.after ? forwards() : backwards();
  }

private:
  outcome<json::object> page(std::string_view direction, std::optional<std::uint64_t> from,
                             std::uint64_t limit) {
    json::object ask{{"conversation", conversation_}, {"limit", std::min(limit, page_max)}};
    if (from) ask[json::string_view{direction.data(), direction.size()}] = *from;
    return session_.call("history", std::move(ask));
  }

  /// From the beginning, or from after an entry: printed as it comes.
  outcome<void> forwards() {
    auto after = options_.after.value_or(0);
    auto left = options_.all ? UINT64_MAX : options_.limit;
    for (;;) {
      const auto read = page("after", after, left);
      if (read.has_error()) return read.error();
      const auto& entries = client::array_of(*read, "entries");
      for (const auto& each : entries) {
        const auto& entry = client::object_in(each);
        after = client::number_of(entry, "seq");
        if (options_.before && after >= *options_.before) return {};
        print(entry);
        if (--left == 0) return {};
      }
      if (entries.empty() || !client::flag_of(*read, "more")) return {};
    }
  }

  /// The newest ones: read backwards, printed forwards, `limit` of them kept at most.
  outcome<void> backwards() {
    std::deque<json::object> kept;
    auto before = options_.before;
    while (kept.size() < options_.limit) {
      const auto read = page("before", before, options_.limit - kept.size());
      if (read.has_error()) return read.error();
      const auto& entries = client::array_of(*read, "entries");
      for (auto each = entries.rbegin(); each != entries.rend(); ++each)
        kept.push_front(client::object_in(*each));
      if (entries.empty() || !client::flag_of(*read, "more")) break;
      before = client::number_of(kept.front(), "seq");
    }
    for (const auto& each : kept) print(each);
    return {};
  }

  void print(const json::object& entry) const {
    const view::name_lookup names = [this](const std::string& id) {
      const auto found = names_.find(id);
      return found == names_.end() ? "user " + id : found->second;
    };
    if (options_.who.node.as_json) return print_line(client::json_line(view::json_entry(entry, names)));
    const auto read = view::entry_in(entry);
    print_line(fmt::format("{}\t{}", read.seq, view::plain_line(read, names)));
  }

  script_session& session_;
  std::string conversation_;
  const history_options& options_;
  std::map<std::string, std::string> names_;
};

outcome<void> history(const history_options& options) {
  const auto node = client::find_endpoint(options.who.node.choice(), client::process_environment());
  if (node.has_error()) return node.error();
  signer people{*node, options.who};
  script_session session{people};
  if (auto opened = session.open(); opened.has_error()) return opened;
  auto conversation = find_conversation(session, options.of);
  if (conversation.has_error()) return conversation.error();
  return history_reader{session, std::move(*conversation), options}.print();
}

}  // namespace

void add_history_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<history_options>();
  auto* command = app.add_subcommand("history", "Read a conversation; for scripts");
  add_user_options(*command, options->who);
  add_conversation_options(*command, options->of);
  command->add_option("--before", options->before, "Only entries before this number")->type_name("SEQ");
  command->add_option("--after", options->after, "From the entry behind this number on")->type_name("SEQ");
  auto* limit = command->add_option("-n,--limit", options->limit, "How many entries at most (20 unless told)")
                    ->type_name("COUNT")
                    ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000}));
  command->add_flag("--all", options->all, "The whole log")->excludes(limit);
  command->footer(
      "Prints SEQ, time, sender and text, separated by tabs, the oldest first; line ends within a text as "
      "\\n.\n\n"
      "Examples:\n"
      "  parley history --user alice --with bob --limit 50\n"
      "  parley history --user alice --group Friends --all --json | jq -r .text");
  command->callback([options, &exit_code] {
    const auto done = history(*options);
    exit_code = done.has_error() ? report(done.error()) : 0;
  });
}

}  // namespace parley::commands
