#pragma once

#include <cstddef>
#include <optional>

#include "actors/contract/values/conversation.hpp"
#include "actors/contract/values/entry.hpp"
#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/ports/log_queries.hpp"

namespace parley {

/// The member with this id; null when there is none.
const conversation_record::membership* find_member(const conversation_record& in, user_id user);

/// Whether the other person of a direct conversation has blocked this one.
bool is_blocked(const conversation_record& in, user_id user);

/// Whether a member may change the conversation like this, apart from what only the log knows (the
/// message that is edited or deleted, whether a new member exists): nothing when they may.
std::optional<failure> may_change(const conversation_record& in, user_id sender, const entry_draft& draft,
                                  std::size_t members_max);

/// Whether a member may edit or delete this message.
std::optional<failure> may_touch(const conversation_record& in, user_id sender, const entry_draft& draft,
                                 const std::optional<message_facts>& target);

/// Who becomes owner when this member leaves: the longest-standing admin, else the longest-standing
/// member; nobody when another owner remains, when the member owned nothing, or when nobody is left.
user_id successor_of(const conversation_record& in, user_id leaving);

/// What the conversation is after this entry has been committed at `seq`. A `create` is not for here.
void apply(conversation_record& to, const entry_draft& committed, sequence seq);

}  // namespace parley
