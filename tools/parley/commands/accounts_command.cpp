#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>

#include "tools/parley/commands/operator_calls.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/commands/script_commands.hpp"
#include "tools/parley/commands/terminal_questions.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::commands {

using client::outcome;
using client::problem;
using client::trouble;
namespace json = client::json;

namespace {

constexpr const char* accounts_path = "/v1/operator/accounts";

struct accounts_options : operator_options {
  std::string prefix;
  std::string name;
  unsigned limit = 0;  // 0: all
};

std::vector<std::string> row_of(const json::object& account) {
  return {client::text_of(account, "id"),
          client::text_of(account, "name"),
          client::flag_of(account, "disabled") ? "disabled" : "enabled",
          client::text_of(account, "created_at"),
          or_dash(client::text_of(account, "last_seen")),
          std::to_string(client::number_of(account, "tokens"))};
}

outcome<void> list_accounts(const accounts_options& options) {
  const auto calls = operator_calls::with(options);
  if (calls.has_error()) return calls.error();
  std::vector<std::vector<std::string>> rows{{"ID", "NAME", "STATE", "CREATED", "LAST SEEN", "TOKENS"}};
  std::size_t count = 0;
  std::string after;
  for (bool more = true; more;) {
    constexpr unsigned page_most = 1'000;
    const auto left = options.limit == 0 ? page_most : options.limit - static_cast<unsigned>(count);
    const auto page =
        calls->call("GET", fmt::format("{}?limit={}&prefix={}&after={}", accounts_path,
                                       std::min(left, page_most), encoded(options.prefix), encoded(after)));
    if (page.has_error()) return page.error();
    for (const auto& each : client::array_of(*page, "accounts")) {
      ++count;
      if (options.node.as_json)
        print_line(client::json_line(each));
      else
        rows.push_back(row_of(client::object_in(each)));
    }
    after = client::text_of(*page, "next");
    more = !after.empty() && (options.limit == 0 || count < options.limit);
  }
  if (options.node.as_json) return {};
  if (count == 0)
    say("there are no such accounts");
  else
    print_table(rows);
  return {};
}

/// What is said after a change; as JSON the account as it is now.
outcome<void> change(const accounts_options& options, const std::string& what, json::object body,
                     std::string_view said) {
  const auto calls = operator_calls::with(options);
  if (calls.has_error()) return calls.error();
  body["name"] = options.name;
  const auto done =
      calls->call("POST", fmt::format("{}/{}", accounts_path, what), json::value(std::move(body)));
  if (done.has_error()) return done.error();
  const auto* account = done->if_contains("account");
  if (options.node.as_json && account != nullptr)
    print_line(client::json_line(*account));
  else
    say(fmt::format("{}: {}", view::safe_text(options.name), said));
  return {};
}

outcome<std::string> new_password(const std::string& name) {
  if (const char* given = std::getenv("PARLEY_PASSWORD"); given != nullptr && *given != '\0') return given;
  if (!can_ask())
    return problem{trouble::usage,
                   "the new password is needed and there is no terminal to ask at: set PARLEY_PASSWORD"};
  auto typed = ask_secret(fmt::format("New password of {}: ", view::safe_text(name)));
  if (!typed || typed->empty()) return problem{trouble::failed, "no password, nothing was changed"};
  const auto again = ask_secret("The same password again: ");
  if (!again || *again != *typed)
    return problem{trouble::failed, "the two passwords differ; nothing was changed, try again"};
  return std::move(*typed);
}

outcome<void> reset_password(const accounts_options& options) {
  auto password = new_password(options.name);
  if (password.has_error()) return password.error();
  return change(options, "reset-password", {{"password", *password}},
                "has a new password; whoever was signed in has to sign in again");
}

}  // namespace

void add_accounts_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<accounts_options>();
  auto* command = app.add_subcommand("accounts", "List, disable and enable accounts; for operators");
  command->require_subcommand(1);
  const auto add = [&](const char* name, const char* about, bool takes_name,
                       std::function<outcome<void>(const accounts_options&)> run) {
    auto* sub = command->add_subcommand(name, about);
    add_operator_options(*sub, *options);
    if (takes_name)
      sub->add_option("name", options->name, "The account's name")->required()->type_name("NAME");
    sub->callback([options, &exit_code, run = std::move(run)] {
      const auto done = run(*options);
      exit_code = done.has_error() ? report(done.error()) : 0;
    });
    return sub;
  };
  auto* list = add("list", "List accounts in the order of their names", false, list_accounts);
  list->add_option("prefix", options->prefix, "How the name begins; all accounts unless told")
      ->type_name("PREFIX");
  list->add_option("-n,--limit", options->limit, "How many at most (all unless told)")
      ->type_name("COUNT")
      ->check(CLI::Range(1U, 100'000'000U));
  add("disable", "Let nobody sign in to the account, and end its connections", true, [](const auto& given) {
    return change(given, "disable", {}, "is disabled; nobody is signed in any more");
  });
  add("enable", "Let people sign in to the account again", true,
      [](const auto& given) { return change(given, "enable", {}, "is enabled; sign in again"); });
  add("reset-password", "Give the account a new password, and end its connections", true, reset_password);
  command->footer(
      "Examples:\n  parley accounts list al --json\n  parley accounts disable alice --data /var/lib/parley\n"
      "  PARLEY_PASSWORD=… parley accounts reset-password alice");
}

}  // namespace parley::commands
