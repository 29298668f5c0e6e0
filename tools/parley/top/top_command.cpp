#include "tools/parley/top/top_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <memory>

#include "tools/parley/commands/output.hpp"
#include "tools/parley/top/live.hpp"
#include "tools/parley/top/plain.hpp"

namespace parley::top {

using client::outcome;
using client::problem;
using client::trouble;

namespace {

struct top_options : commands::operator_options {
  double every_s = 1;
  std::string view = "nodes";
  std::string sort;
  std::vector<std::string> kinds;
  std::vector<std::string> nodes;
  std::string words;
  std::uint64_t actors = 0;  // 0: as many as there fit the way it is shown
  bool names = false;
  bool is_once = false;
  bool is_plain = false;
};

bool is_live_here(const top_options& options) {
  const char* terminal = std::getenv("TERM");
  return !options.is_once && !options.is_plain && !options.node.as_json && ::isatty(STDIN_FILENO) != 0 &&
         ::isatty(STDOUT_FILENO) != 0 && terminal != nullptr && *terminal != '\0' &&
         std::string_view{terminal} != "dumb";
}

view_kind view_of(const std::string& name) {
  return name == "kinds" ? view_kind::kinds : name == "actors" ? view_kind::actors : view_kind::nodes;
}

/// A problem when that view has no such column.
outcome<void> check_sort(const std::string& sort, view_kind what) {
  if (sort.empty()) return {};
  const auto of = what == view_kind::nodes   ? nodes_table({}, {})
                  : what == view_kind::kinds ? kinds_table({}, {}, "")
                                             : actors_table({}, {}, "", "");
  std::string names;
  for (const auto& each : of.columns) {
    if (each.sort.empty()) continue;
    if (each.sort == sort) return {};
    names += (names.empty() ? "" : ", ") + each.sort;
  }
  return problem{trouble::usage,
                 fmt::format("--sort: '{}' is nothing that this view is sorted by; there are {} "
                             "(another view: --view)",
                             sort, names)};
}

std::string filter_text(const top_options& options) {
  std::string text;
  for (const auto& each : options.kinds) text += (text.empty() ? "kind=" : ",") + each;
  for (std::size_t i = 0; i < options.nodes.size(); ++i)
    text += (i > 0 ? "," : text.empty() ? "node=" : " node=") + options.nodes[i];
  if (!options.words.empty()) text += (text.empty() ? "" : " ") + options.words;
  return text;
}

outcome<void> show(const top_options& options) {
  const auto text = filter_text(options);
  auto wanted = parse_filter(text);
  if (wanted.has_error()) return wanted.error();
  if (text.size() > app::filter_bytes_max)
    return problem{trouble::usage,
                   fmt::format("the filter is longer than {} bytes: '{}'", app::filter_bytes_max, text)};
  const std::chrono::milliseconds every{std::llround(options.every_s * 1'000)};
  const auto is_live = is_live_here(options);
  const auto what = is_live ? view_of(options.view) : view_kind::actors;
  if (const auto sorted = check_sort(options.sort, what); sorted.has_error()) return sorted;
  auto calls = commands::operator_calls::with(options);
  if (calls.has_error()) return calls.error();
  asker asks{std::move(*calls)};
  if (!is_live) {
    plain_settings plain;
    plain.every = every;
    if (options.actors > 0) plain.actors = options.actors;
    plain.names = options.names;
    plain.is_once = options.is_once;
    plain.form = options.node.as_json ? plain_form::json : plain_form::tables;
    plain.wanted = std::move(*wanted);
    if (!options.sort.empty()) plain.sort = options.sort;
    return print_plain(std::move(asks), plain);
  }
  app_settings live;
  live.every = every;
  if (options.actors > 0) live.actors = options.actors;
  live.names = options.names;
  live.start.what = what;
  live.start.sorted.by = options.sort;
  live.wanted = text;
  return show_live(std::move(asks), live);
}

constexpr const char* description =
    "Watch the actors of a cluster at work: nodes, kinds, the hottest actors; for operators\n\n"
    "At a terminal, a screen that is renewed each second: the nodes; Enter goes into one, to the kinds of\n"
    "actors there, to the actors of a kind, to one of them with its numbers and whom it talks to. Keys: '?'\n"
    "shows them all, q quits. Any node answers for all; one that goes away is shown as gone.\n\n"
    "Elsewhere (a pipe, --once, --json, --plain) the same as lines: a block of tables each time, with the "
    "ten\n"
    "hottest actors, or one JSON object.\n\n"
    "Rates are of the time between two looks. People and conversations are shown by pseudonyms unless "
    "--names.\n"
    "What single actors took and whom they talk to is counted only at a higher level: key l raises it for "
    "ten\n"
    "minutes, L sets it back.";

constexpr const char* footer =
    "Exit codes: 0 quit or shown, 1 refused, 2 usage, 3 unreachable at the start. Later a node that does "
    "not\n"
    "answer is shown as gone, and another one of the cluster is asked.\n\n"
    "Examples:\n"
    "  parley top                                    the cluster behind ./parley-data\n"
    "  parley top --view actors --sort mailbox       who is behind, most behind first\n"
    "  parley top --kind session,user --node node-2  only those there\n"
    "  parley top --once                             one look, as text\n"
    "  parley top --once --sort time --actors 30     the 30 actors that take most of the time\n"
    "  parley top --json | jq -c '.nodes[] | [.name, .messages_per_second]'";

}  // namespace

void add_top_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<top_options>();
  auto* command = app.add_subcommand("top", "Watch the actors of a cluster at work; for operators");
  command->description(description);
  commands::add_operator_options(*command, *options);
  command->add_option("-e,--every", options->every_s, "Seconds between two looks, 0.2 to 3600 (1)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.2, 3'600.0));
  command->add_option("--view", options->view, "Where to begin: nodes, kinds or actors (nodes)")
      ->type_name("VIEW")
      ->check(CLI::IsMember({"nodes", "kinds", "actors"}));
  command
      ->add_option("-s,--sort", options->sort,
                   "By what: messages, mailbox, time, most, waited, handled of actors; messages, mailbox, "
                   "started, name of nodes and kinds")
      ->type_name("COLUMN");
  command->add_option("--kind", options->kinds, "Only these kinds of actors; a beginning is enough")
      ->type_name("KIND,...")
      ->delimiter(',');
  command->add_option("--node", options->nodes, "Only these nodes; a beginning is enough")
      ->type_name("NODE,...")
      ->delimiter(',');
  command->add_option("--filter", options->words, "As typed after '/': words, kind=, node=")
      ->type_name("TEXT");
  command
      ->add_option("--actors", options->actors,
                   "How many of the hottest: among which the screen sorts (2000), or as lines (10)")
      ->type_name("COUNT")
      ->check(CLI::Range(1, 50'000));
  command->add_flag("--names", options->names, "Ids instead of pseudonyms");
  command->add_flag("--once", options->is_once, "One look as lines, and the end");
  command->add_flag("--plain", options->is_plain, "Lines, though it is a terminal");
  command->footer(footer);
  command->callback([options, &exit_code] {
    const auto done = show(*options);
    exit_code = done.has_error() ? commands::report(done.error()) : 0;
  });
}

}  // namespace parley::top
