#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/contract/values/cluster_report.hpp"
#include "actors/contract/values/conversation.hpp"
#include "actors/contract/values/entry.hpp"
#include "actors/contract/values/failure.hpp"

namespace parley {

/// An account as an operator sees it.
struct account_record {
  user_info user;
  bool disabled = false;
  timestamp_ms created_at = 0;
  std::optional<timestamp_ms> last_seen;
  std::size_t tokens = 0;  // with which somebody is signed in
};

/// Accounts in the order of their names; `next` is where to go on, if there are more.
struct accounts_page {
  std::vector<account_record> accounts;
  std::optional<std::string> next;
};

/// Whether an account may be used.
enum class account_use : std::uint8_t { enabled, disabled };

/// What operators do with accounts, with the cluster's history and with its nodes. As with `accounts`, the
/// callback runs on a thread of a pool, exactly once, and must return at once.
class operator_desk {
public:
  template <class T>
  using callback = std::function<void(outcome<T>)>;

  virtual ~operator_desk() = default;
  /// Whether this is the operator's token; compared in constant time. Any thread, at once.
  [[nodiscard]] virtual bool is_operator(std::string_view token) const = 0;
  /// Accounts whose name begins with `prefix` (in any case), behind the name `after`.
  virtual void list_accounts(std::string prefix, std::string after, std::size_t limit,
                             callback<accounts_page> done) = 0;
  /// Whether nobody can sign in to the account any more, or somebody can again. What disables it also
  /// revokes its tokens, so its connections end. `not_found` for a name without an account.
  virtual void set_use(std::string name, account_use use, callback<account_record> done) = 0;
  /// Gives the account another password and revokes its tokens. `not_found` as above, `bad_request` for a
  /// password that cannot be.
  virtual void reset_password(std::string name, std::string password, callback<account_record> done) = 0;
  /// Names the history of the log anew, because the database was restored from a backup; the new name. Every
  /// node notices within a second and ends its sessions, so that clients forget what they hold.
  virtual void begin_epoch(callback<std::string> done) = 0;
  /// The cluster as the database shows it.
  virtual void show_cluster(callback<cluster_view> done) = 0;
  /// Where a conversation or a user lives. `not_found`: there is none.
  virtual void find_place(place_question what, callback<place_found> done) = 0;
  /// Asks a node to drain, which it learns with its next beat; the cluster as it is then. `not_found`: there
  /// is no node of this name. `conflict`: it does not run.
  virtual void ask_to_drain(std::string name, callback<cluster_view> done) = 0;
};

}  // namespace parley
