#include "tools/parley/client/accounts.hpp"

#include "tools/parley/client/http_call.hpp"

namespace parley::client {

namespace {

json::value credentials(const std::string& name, const std::string& password) {
  return {{"name", name}, {"password", password}};
}

account_refusal refused(const http_answer& answer) {
  account_refusal refusal{refusal_kind::other, answer.error_message()};
  if (answer.status == 401) refusal.kind = refusal_kind::wrong_password;
  if (answer.status == 409) refusal.kind = refusal_kind::taken;
  if (answer.status == 429) refusal.kind = refusal_kind::rate_limited;
  return refusal;
}

}  // namespace

outcome<account_answer<std::monostate>> create_account(const endpoint& node, const std::string& name,
                                                       const std::string& password) {
  const auto answer = http_call(node, "POST", "/v1/accounts", credentials(name, password));
  if (answer.has_error()) return answer.error();
  if (!answer->is_good()) return account_answer<std::monostate>{refused(*answer)};
  return account_answer<std::monostate>{};
}

outcome<account_answer<signed_in_user>> sign_in(const endpoint& node, const std::string& name,
                                                const std::string& password) {
  const auto answer = http_call(node, "POST", "/v1/tokens", credentials(name, password));
  if (answer.has_error()) return answer.error();
  if (!answer->is_good()) return account_answer<signed_in_user>{refused(*answer)};
  const auto& body = object_in(answer->body);
  const auto* user = body.if_contains("user");
  signed_in_user who;
  who.token = text_of(body, "token");
  if (user != nullptr) {
    who.id = text_of(object_in(*user), "id");
    who.name = text_of(object_in(*user), "name");
  }
  if (who.token.empty() || who.id.empty())
    return problem{trouble::failed, node.url() + " answered a sign-in without a token; is it a Parley node?"};
  return account_answer<signed_in_user>{std::move(who)};
}

}  // namespace parley::client
