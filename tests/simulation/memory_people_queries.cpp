#include <algorithm>
#include <ranges>

#include "tests/simulation/memory_log.hpp"

// The questions about people, and search.
namespace parley::simulation {

outcome<std::optional<message_facts>> memory_log_queries::find_message(conversation_id conversation,
                                                                       sequence seq) {
  const auto* where = store_->find(conversation);
  if (where == nullptr || seq < 1 || seq > where->head()) return std::optional<message_facts>{};
  const auto& found = where->entries[static_cast<std::size_t>(seq - 1)];
  if (found.content.kind != entry_kind::message) return std::optional<message_facts>{};
  return std::optional{message_facts{found.sender, where->as_it_is_now(found).deleted}};
}

outcome<std::vector<presence_record>> memory_log_queries::visible_presence(user_id viewer,
                                                                           std::span<const user_id> users) {
  std::vector<presence_record> visible;
  for (const auto user : users) {
    const bool may = user == viewer || store_->share_a_conversation(viewer, user);
    if (may && store_->users().contains(user) && !store_->has_blocked(user, viewer))
      visible.push_back(store_->presence_of(user));
  }
  return visible;
}

outcome<timestamp_ms> memory_log_queries::store_presence(user_id user, bool online,
                                                         std::chrono::milliseconds since) {
  if (!store_->users().contains(user)) return no_such_user();
  return store_->store_presence(user, online, since.count());
}

outcome<conversation_id> memory_log_queries::block(user_id blocker, user_id blocked) {
  if (!store_->users().contains(blocked)) return no_such_user();
  store_->block(blocker, blocked);
  return store_->direct_between(blocker, blocked);
}

outcome<conversation_id> memory_log_queries::unblock(user_id blocker, user_id blocked) {
  store_->unblock(blocker, blocked);
  return store_->direct_between(blocker, blocked);
}

outcome<void> memory_log_queries::may_signal(user_id from, user_id to) {
  if (from != to && !store_->share_a_conversation(from, to)) return no_such_user();
  if (store_->has_blocked(to, from))
    return failure{errc::forbidden, "this user does not want to hear from you", {}};
  return {};
}

outcome<reply::entries_found> memory_log_queries::search(user_id user, const request::search& wanted) {
  if (wanted.conversation && seen_by(user, *wanted.conversation) == nullptr) return no_such_conversation();
  if (wanted.cursor) return failure{errc::bad_request, "this cursor was not given by this server", {}};
  // One word is enough here; words are for the database.
  reply::entries_found found;
  for (const auto& [id, where] : store_->conversations()) {
    if (!where.has(user) || (wanted.conversation && *wanted.conversation != id)) continue;
    for (const auto& written : where.entries | std::views::reverse) {
      const auto now = where.as_it_is_now(written);
      const bool holds = now.content.kind == entry_kind::message && !now.deleted &&
                         now.content.text.find(wanted.text) != std::string::npos;
      if (holds && found.entries.size() < wanted.limit) found.entries.push_back(now);
    }
  }
  return found;
}

}  // namespace parley::simulation
