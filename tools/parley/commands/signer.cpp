#include "tools/parley/commands/signer.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "tools/parley/commands/output.hpp"
#include "tools/parley/commands/terminal_questions.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::commands {

using client::account_refusal;
using client::outcome;
using client::problem;
using client::refusal_kind;
using client::signed_in_user;
using client::trouble;

namespace {

problem refused(const account_refusal& refusal) { return {trouble::failed, refusal.message}; }

problem wrong_password(const std::string& user, const std::string& url) {
  return {trouble::failed,
          fmt::format(
              "there is no account '{}' at {}, or the password is wrong\ncheck both, or make the account: "
              "parley chat --user {} --create",
              user, url, user)};
}

}  // namespace

signer::signer(client::endpoint node, const user_options& options)
    : node_(std::move(node)),
      user_(options.user),
      may_create_(options.may_create_account),
      tokens_(client::token_folder(client::process_environment())) {}

outcome<signed_in_user> signer::sign_in() {
  if (auto kept = tokens_.load(node_, user_)) return std::move(*kept);
  return with_password();
}

outcome<signed_in_user> signer::sign_in_again() {
  tokens_.forget(node_, user_);
  return with_password();
}

outcome<signed_in_user> signer::with_password() {
  const char* given = std::getenv("PARLEY_PASSWORD");
  const auto was_typed = given == nullptr || *given == '\0';
  std::string password = was_typed ? "" : given;
  if (was_typed) {
    if (!can_ask())
      return problem{trouble::usage,
                     "a password is needed and there is no terminal to ask at: set PARLEY_PASSWORD"};
    auto typed = ask_secret(fmt::format("Password of {} at {}: ", view::safe_text(user_), node_.url()));
    if (!typed || typed->empty()) return problem{trouble::failed, "no password, not signed in"};
    password = std::move(*typed);
  }
  auto answer = client::sign_in(node_, user_, password);
  if (answer.has_error()) return answer.error();
  if (auto* who = std::get_if<signed_in_user>(&*answer)) return keep(std::move(*who));
  const auto& refusal = std::get<account_refusal>(*answer);
  if (refusal.kind != refusal_kind::wrong_password) return refused(refusal);
  if (!may_create_) {
    if (!was_typed) return wrong_password(user_, node_.url());
    if (!ask_yes(fmt::format("There is no account '{}', or the password is wrong. Make a new account? [y/N] ",
                             view::safe_text(user_))))
      return wrong_password(user_, node_.url());
  }
  return with_new_account(password, was_typed);
}

outcome<signed_in_user> signer::with_new_account(const std::string& password, bool was_typed) {
  if (was_typed) {
    const auto again = ask_secret("The same password again: ");
    if (!again || *again != password)
      return problem{trouble::failed, "the two passwords differ; nothing was made, try again"};
  }
  const auto made = client::create_account(node_, user_, password);
  if (made.has_error()) return made.error();
  if (const auto* refusal = std::get_if<account_refusal>(&*made))
    return refusal->kind == refusal_kind::taken
               ? problem{trouble::failed,
                         fmt::format("the account '{}' exists and the password is wrong; try again", user_)}
               : refused(*refusal);
  say(fmt::format("made the account '{}' at {}", view::safe_text(user_), node_.url()));
  auto answer = client::sign_in(node_, user_, password);
  if (answer.has_error()) return answer.error();
  if (const auto* refusal = std::get_if<account_refusal>(&*answer)) return refused(*refusal);
  return keep(std::get<signed_in_user>(std::move(*answer)));
}

outcome<signed_in_user> signer::keep(signed_in_user who) const {
  // Without a kept token the next command asks again: worth a word, not a failure.
  if (const auto kept = tokens_.save(node_, user_, who); kept.has_error())
    say("parley: " + kept.error().message);
  return who;
}

}  // namespace parley::commands
