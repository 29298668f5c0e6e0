#pragma once

#include <functional>
#include <string>

#include "actors/contract/values/conversation.hpp"
#include "actors/contract/values/failure.hpp"

namespace parley {

struct issued_token {
  std::string token;
  user_info user;
};

/// Accounts and tokens. Hashing a password costs milliseconds of CPU by design (argon2id), so everything
/// here happens on a small bounded pool; a full one answers `overloaded`. The callback runs on a thread
/// of the pool, exactly once, and must return at once.
class accounts {
public:
  template <class T>
  using callback = std::function<void(outcome<T>)>;

  virtual ~accounts() = default;
  /// `conflict` when the name is taken, `bad_request` for a name or password that cannot be.
  virtual void create_account(std::string name, std::string password, callback<user_info> done) = 0;
  /// `unauthenticated` when name and password do not belong together; takes as long for an unknown name.
  virtual void create_token(std::string name, std::string password, callback<issued_token> done) = 0;
  /// Makes a token useless, on every node; `unauthenticated` when it is not good already.
  virtual void revoke_token(std::string token, callback<user_info> done) = 0;
};

}  // namespace parley
