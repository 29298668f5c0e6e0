#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "actors/contract/values/limits.hpp"
#include "actors/contract/values/ports/accounts.hpp"
#include "actors/contract/values/ports/session_gateway.hpp"
#include "transport/address_limits.hpp"
#include "transport/pages/page_set.hpp"

namespace parley {

using http_request = boost::beast::http::request<boost::beast::http::string_body>;
using http_response = boost::beast::http::response<boost::beast::http::string_body>;

/// What the node answers over plain HTTP: accounts, tokens, health, pages. Knows no sockets.
class http_api {
public:
  using responder = std::function<void(http_response)>;

  http_api(session_gateway& gateway, accounts& people, const limits& rules, page_set pages = {})
      : gateway_(gateway),
        people_(people),
        new_accounts_(rules.accounts_per_minute),
        sign_ins_(rules.sign_ins_per_minute),
        pages_(std::move(pages)) {}

  /// Answers exactly once, now or later and then from another thread.
  void answer(const http_request& request, const std::string& peer, responder respond);

private:
  void create_account(const http_request& request, const std::string& peer, responder respond);
  void create_token(const http_request& request, const std::string& peer, responder respond);
  void revoke_token(const http_request& request, responder respond);

  session_gateway& gateway_;
  accounts& people_;
  address_limits new_accounts_;
  address_limits sign_ins_;
  page_set pages_;
};

/// JSON as an HTTP answer.
http_response json_answer(boost::beast::http::status status, std::string body);
/// 405, with what the path takes instead.
http_response method_not_allowed(std::string_view allowed);
/// The token of the header Authorization; empty when there is none.
std::string_view bearer_in(const http_request& request);
/// Whether the body says that it is JSON.
bool is_json(const http_request& request);
/// A refusal as an HTTP answer: {"error":{…}} with the fitting status.
http_response refusal(const failure& problem);
/// The same with a status of its own.
http_response refusal(const failure& problem, boost::beast::http::status status);

}  // namespace parley
