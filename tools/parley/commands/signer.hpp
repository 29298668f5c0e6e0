#pragma once

#include <string>

#include "tools/parley/client/accounts.hpp"
#include "tools/parley/client/endpoint.hpp"
#include "tools/parley/client/token_store.hpp"
#include "tools/parley/commands/options.hpp"

namespace parley::commands {

/// Signs somebody in: by the kept token, by `PARLEY_PASSWORD`, or by asking at the terminal.
class signer {
public:
  signer(client::endpoint node, const user_options& options);

  /// Who they are, with a token that may turn out to be revoked.
  client::outcome<client::signed_in_user> sign_in();
  /// The same with a new token; the kept one was refused.
  client::outcome<client::signed_in_user> sign_in_again();

  const client::endpoint& node() const { return node_; }

private:
  client::outcome<client::signed_in_user> with_password();
  client::outcome<client::signed_in_user> with_new_account(const std::string& password, bool was_typed);
  client::outcome<client::signed_in_user> keep(client::signed_in_user who) const;

  client::endpoint node_;
  std::string user_;
  bool may_create_;
  client::token_store tokens_;
};

}  // namespace parley::commands
