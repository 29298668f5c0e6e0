#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "actors/contract/values/ports/log_queries.hpp"
#include "actors/contract/values/presence.hpp"

namespace parley {

/// Whom a session watches, and what its client was told of them.
///
/// Whether a user is there comes from the user's actor, when they were last seen from the database, and
/// both are shown only of people one shares a conversation with and who have not blocked one; of others
/// nothing is known, which looks like "offline".
class presence_watch {
public:
  static constexpr std::size_t users_max = 2'000;

  [[nodiscard]] bool empty() const { return users_.empty(); }
  [[nodiscard]] std::vector<user_id> all() const;
  /// Whether these fit beside those watched already.
  [[nodiscard]] bool has_room_for(std::span<const user_id> users) const;
  void add(std::span<const user_id> users);
  /// Those that were watched and visible are handed back: their topics are no longer wanted.
  std::vector<user_id> remove(std::span<const user_id> users);
  /// The database's word on who of `asked` may be seen; those that can be seen only now are handed back:
  /// their topics are wanted.
  std::vector<user_id> may_see(std::span<const user_id> asked, std::span<const presence_record> visible);
  /// The word of a user's actor. `settled`: whether "not online" is certain.
  void heard(const presence_state& state, bool settled);

  /// What is known now; nothing while the user's actor has not spoken.
  [[nodiscard]] std::optional<presence_state> state_of(user_id user) const;
  /// The client was told this.
  void told(const presence_state& state);
  /// What the client has not been told yet; only of those of whom it has been told something.
  [[nodiscard]] std::vector<presence_state> news() const;

private:
  struct watched {
    bool visible = false;
    std::optional<presence_record> stored;
    std::optional<presence_state> live;
    bool settled = false;
    std::optional<presence_state> told;
  };
  [[nodiscard]] static std::optional<presence_state> state_of(user_id user, const watched& of);

  std::unordered_map<user_id, watched> users_;
};

}  // namespace parley
