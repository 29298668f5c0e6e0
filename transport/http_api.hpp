#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "actors/contract/values/limits.hpp"
#include "actors/contract/values/ports/accounts.hpp"
#include "actors/contract/values/ports/session_gateway.hpp"
#include "transport/address_limits.hpp"
#include "transport/http_answers.hpp"
#include "transport/operator_api.hpp"
#include "transport/pages/page_set.hpp"
#include "transport/sign_in_limits.hpp"

namespace parley {

/// What the node answers over plain HTTP: accounts, tokens, health, pages. Knows no sockets.
class http_api {
public:
  using responder = http_responder;

  http_api(session_gateway& gateway, accounts& people, operator_desk* desk, const limits& rules,
           page_set pages = {}, std::function<std::string()> metrics = {}, topology_ways topology = {})
      : gateway_(gateway),
        people_(people),
        new_accounts_(rules.accounts_per_minute),
        sign_ins_(std::make_shared<sign_in_limits>(rules.sign_ins_per_minute)),
        operator_(desk, rules.sign_ins_per_minute, std::move(topology)),
        pages_(std::move(pages)),
        metrics_(std::move(metrics)) {}

  /// Answers exactly once, now or later and then from another thread.
  void answer(const http_request& request, const std::string& peer, responder respond);

private:
  void create_account(const http_request& request, const std::string& peer, responder respond);
  void create_token(const http_request& request, const std::string& peer, responder respond);
  void show_metrics(const http_request& request, const std::string& peer, const responder& respond);
  void revoke_token(const http_request& request, responder respond);

  session_gateway& gateway_;
  accounts& people_;
  address_limits new_accounts_;
  std::shared_ptr<sign_in_limits> sign_ins_;
  operator_api operator_;
  page_set pages_;
  std::function<std::string()> metrics_;
};

}  // namespace parley
