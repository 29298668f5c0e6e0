#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <thread>

#include "tools/parley/commands/cluster_nodes.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/commands/script_commands.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::commands {

using client::outcome;
using client::problem;
using client::text_of;
using client::trouble;
namespace json = client::json;
using namespace std::chrono_literals;

namespace {

constexpr auto look_again_after = 250ms;

struct drain_options : operator_options {
  std::string name;
  bool waits = false;
  std::uint64_t timeout_ms = 60'000;
};

/// Watches a node go. The node that is asked may be the one that goes: then another one is.
class departure {
public:
  departure(operator_calls calls, std::string name, std::string incarnation)
      : calls_(std::move(calls)), name_(std::move(name)), incarnation_(std::move(incarnation)) {}

  /// Until it is gone.
  outcome<void> wait(std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    for (;;) {
      const auto seen = ask_for_nodes(calls_);
      if (seen.has_error()) {
        if (seen.error().kind != trouble::unreachable) return seen.error();
        if (others_.empty() && was_seen_) {
          say(fmt::format("{} does not answer any more; there is no other node to ask",
                          view::safe_text(name_)));
          return {};
        }
        if (!go_elsewhere()) return seen.error();
      } else {
        was_seen_ = true;
        const auto* node = seen->living(incarnation_);
        if (node == nullptr) return {};
        learn_others(*seen);
        tell(*node);
      }
      if (std::chrono::steady_clock::now() > deadline)
        return problem{
            trouble::failed,
            fmt::format("{} is still there after {}; it goes on draining, and its log says what it "
                        "waits for",
                        name_, duration_text(static_cast<std::uint64_t>(timeout.count())))};
      std::this_thread::sleep_for(look_again_after);
    }
  }

private:
  void learn_others(const cluster_nodes& seen) {
    others_.clear();
    for (const auto& each : seen.nodes) {
      const auto& node = client::object_in(each);
      if (text_of(node, "incarnation") == incarnation_ || text_of(node, "state") != "serving") continue;
      if (auto url = text_of(node, "url"); !url.empty()) others_.push_back(std::move(url));
    }
  }
  bool go_elsewhere() {
    while (!others_.empty()) {
      auto next = calls_.at(others_.back());
      others_.pop_back();
      if (!next) continue;
      calls_ = std::move(*next);
      return true;
    }
    return false;
  }
  void tell(const json::object& node) {
    auto left = fmt::format("{}: {}, {} shards and {} sessions left", name_, text_of(node, "state"),
                            client::number_of(node, "shards"), client::number_of(node, "sessions"));
    if (left == told_) return;
    say(view::safe_text(left));
    told_ = std::move(left);
  }

  operator_calls calls_;
  std::string name_;
  std::string incarnation_;
  std::vector<std::string> others_;
  std::string told_;
  bool was_seen_ = false;
};

outcome<void> drain(const drain_options& options) {
  const auto calls = operator_calls::with(options);
  if (calls.has_error()) return calls.error();
  const auto asked = calls->call("POST", fmt::format("/v1/operator/nodes/{}/drain", encoded(options.name)));
  if (asked.has_error()) return asked.error();
  const auto* node = asked->if_contains("node");
  if (node == nullptr)
    return problem{trouble::failed, "the node's answer names no node; is it of another version than parley?"};
  if (options.waits && node->is_object()) {
    departure leaving{*calls, options.name, text_of(node->get_object(), "incarnation")};
    if (const auto gone = leaving.wait(std::chrono::milliseconds{options.timeout_ms}); gone.has_error())
      return gone.error();
  }
  if (options.node.as_json) print_line(client::json_line(*node));
  const auto name = view::safe_text(options.name);
  say(options.waits
          ? fmt::format("{} is gone", name)
          : fmt::format("{} was asked to drain, and does so within a second; `parley nodes --watch` "
                        "shows it",
                        name));
  return {};
}

}  // namespace

void add_drain_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<drain_options>();
  auto* command = app.add_subcommand("drain", "Have a node hand over its work and end; for operators");
  command->description(
      "Have a node hand over its work and end; for operators\n\n"
      "The same as SIGTERM to its process, from anywhere: it takes no new connections, gives its shards to\n"
      "the other nodes, tells its clients when to reconnect (elsewhere), and exits with 0, within its\n"
      "cluster.drain_timeout. Nothing that was acknowledged is lost. Any node can be asked, the one that\n"
      "drains too. Whoever started the process decides whether it starts again: systemd does not, by\n"
      "Restart=on-failure.\n\n"
      "The last node can be drained like any other; then nobody serves until one is started.");
  add_operator_options(*command, *options);
  command->add_option("node", options->name, "Its name, as `parley nodes` shows it")
      ->required()
      ->type_name("NODE");
  command->add_flag("--wait", options->waits, "Return when it is gone; what is left is said on stderr");
  add_duration(*command, "--timeout", options->timeout_ms,
               "How long --wait waits, such as 90s or 2m; the node drains on afterwards")
      ->default_str("60s");
  command->footer(
      "Exit codes: 0 asked, or gone with --wait; 1 refused, no such node, or still there; 2 usage,\n"
      "3 unreachable.\n\n"
      "Examples:\n  parley drain node-2 --wait --data /var/lib/parley\n"
      "  for node in node-1 node-2 node-3; do parley drain $node --wait && ssh $node systemctl start "
      "parley; done");
  command->callback([options, &exit_code] {
    const auto done = drain(*options);
    exit_code = done.has_error() ? report(done.error()) : 0;
  });
}

}  // namespace parley::commands
