#include <algorithm>

#include "tests/simulation/memory_store.hpp"

// What the store knows of people beside conversations.
namespace parley::simulation {

void memory_store::add_user(const user_info& user, const std::string& token) {
  users_[user.id] = user;
  tokens_[token] = {{user.id.value}, user};
}

const token_holder* memory_store::holder_of(std::string_view token) const {
  const auto found = tokens_.find(token);
  return found == tokens_.end() ? nullptr : &found->second;
}

std::vector<user_id> memory_store::blocked_by(user_id blocker) const {
  std::vector<user_id> users;
  for (const auto& [who, whom] : blocks_)
    if (who == blocker) users.push_back(whom);
  return users;
}

bool memory_store::share_a_conversation(user_id one, user_id other) const {
  return std::ranges::any_of(
      conversations_, [&](const auto& each) { return each.second.has(one) && each.second.has(other); });
}

timestamp_ms memory_store::store_presence(user_id user, bool online, std::int64_t since_ms) {
  const auto at = now() - since_ms;
  auto& record = presence_[user];
  record.user = user;
  record.was_online = online;
  if (!online) record.last_seen = at;
  return at;
}

presence_record memory_store::presence_of(user_id user) const {
  const auto found = presence_.find(user);
  return found == presence_.end() ? presence_record{user, false, {}} : found->second;
}

conversation_id memory_store::direct_between(user_id one, user_id other) const {
  const auto found = direct_.find({std::min(one, other), std::max(one, other)});
  return found == direct_.end() ? conversation_id{} : found->second;
}

}  // namespace parley::simulation
