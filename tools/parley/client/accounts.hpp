#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "tools/parley/client/endpoint.hpp"
#include "tools/parley/client/problem.hpp"

namespace parley::client {

/// Somebody who is signed in.
struct signed_in_user {
  std::string id;
  std::string name;
  std::string token;
};

/// Why the node refused an account or a token.
enum class refusal_kind { taken, wrong_password, rate_limited, other };

/// A refusal, in the node's own words.
struct account_refusal {
  refusal_kind kind = refusal_kind::other;
  std::string message;
};

/// What `create_account` and `sign_in` answer: done, or the refusal.
template <class T>
using account_answer = std::variant<T, account_refusal>;

/// Makes an account; `taken` when somebody has this name.
outcome<account_answer<std::monostate>> create_account(const endpoint& node, const std::string& name,
                                                       const std::string& password);

/// Exchanges name and password for a token; `wrong_password` when there is no such account, too.
outcome<account_answer<signed_in_user>> sign_in(const endpoint& node, const std::string& name,
                                                const std::string& password);

}  // namespace parley::client
