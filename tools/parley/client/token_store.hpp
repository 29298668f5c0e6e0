#pragma once

#include <filesystem>
#include <optional>

#include "tools/parley/client/accounts.hpp"
#include "tools/parley/client/endpoint.hpp"

namespace parley::client {

/// Where tokens are kept: `$XDG_STATE_HOME/parley`, else `~/.local/state/parley`; empty without a home.
std::filesystem::path token_folder(const environment_lookup& environment);

/// Tokens on disk, one file (mode 0600) for each node's address and user.
class token_store {
public:
  explicit token_store(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// The kept token, unless there is none or others could have read or written it.
  std::optional<signed_in_user> load(const endpoint& node, const std::string& user) const;
  /// Keeps it in the place of an older one, for who signs in by this name.
  outcome<void> save(const endpoint& node, const std::string& user, const signed_in_user& who) const;
  /// Removes it.
  void forget(const endpoint& node, const std::string& user) const;

private:
  std::filesystem::path file_for(const endpoint& node, const std::string& user) const;

  std::filesystem::path folder_;
};

}  // namespace parley::client
