#include "actors/session/presence_watch.hpp"

#include <algorithm>

namespace parley {

std::vector<user_id> presence_watch::all() const {
  std::vector<user_id> list;
  list.reserve(users_.size());
  for (const auto& [user, of] : users_) list.push_back(user);
  return list;
}

bool presence_watch::has_room_for(std::span<const user_id> users) const {
  const auto fresh = std::ranges::count_if(users, [this](user_id user) { return !users_.contains(user); });
  return users_.size() + static_cast<std::size_t>(fresh) <= users_max;
}

void presence_watch::add(std::span<const user_id> users) {
  for (const auto user : users) users_.try_emplace(user);
}

std::vector<user_id> presence_watch::remove(std::span<const user_id> users) {
  std::vector<user_id> unwanted;
  for (const auto user : users) {
    const auto found = users_.find(user);
    if (found == users_.end()) continue;
    if (found->second.visible) unwanted.push_back(user);
    users_.erase(found);
  }
  return unwanted;
}

std::vector<user_id> presence_watch::may_see(std::span<const user_id> asked,
                                             std::span<const presence_record> visible) {
  std::vector<user_id> wanted;
  for (const auto user : asked) {
    const auto found = users_.find(user);
    if (found == users_.end()) continue;
    auto& of = found->second;
    const auto record = std::ranges::find(visible, user, &presence_record::user);
    const bool sees = record != visible.end();
    if (sees) of.stored = *record;
    // The topic of one that may no longer be seen stays subscribed: they may become visible again.
    if (sees && !of.visible && !of.live) wanted.push_back(user);
    of.visible = sees;
  }
  return wanted;
}

void presence_watch::heard(const presence_state& state, bool settled) {
  const auto found = users_.find(state.user);
  if (found == users_.end()) return;
  found->second.live = state;
  found->second.settled = settled;
}

std::optional<presence_state> presence_watch::state_of(user_id user) const {
  const auto found = users_.find(user);
  if (found == users_.end()) return presence_state{user, false, std::nullopt};
  return state_of(user, found->second);
}

std::optional<presence_state> presence_watch::state_of(user_id user, const watched& of) {
  if (!of.visible) return presence_state{user, false, std::nullopt};
  if (!of.live) return std::nullopt;
  auto state = *of.live;
  if (state.online) return state;
  const bool was_online = of.stored && of.stored->was_online;
  // Their shard has just moved, perhaps because a node died. Until it is certain, what was said last stands,
  // or what is stored: most of those who were there are on their way back.
  if (!of.settled && of.told) return presence_state{user, of.told->online, of.told->last_seen};
  if (!of.settled && was_online) return presence_state{user, true, std::nullopt};
  if (!state.last_seen && of.stored && !was_online) state.last_seen = of.stored->last_seen;
  return state;
}

void presence_watch::told(const presence_state& state) {
  const auto found = users_.find(state.user);
  if (found != users_.end()) found->second.told = state;
}

std::vector<presence_state> presence_watch::news() const {
  std::vector<presence_state> list;
  for (const auto& [user, of] : users_) {
    if (!of.told) continue;
    const auto state = state_of(user, of);
    if (state && state->online != of.told->online) list.push_back(*state);
  }
  return list;
}

}  // namespace parley
