#pragma once

#include <variant>

#include "actors/contract/values/entry.hpp"

namespace parley {

/// How far somebody has read: everything up to `seq`. Never moves back.
struct read_mark {
  sequence seq = 0;
};

/// Somebody is typing; told to the other members and kept nowhere.
struct typing_notice {};

/// Who has blocked whom in this direct conversation has changed, and is to be read anew. The answer says that
/// whoever owns the conversation decides by it.
struct look_at_blocks {};

/// What a member asks of a conversation. All of it takes effect in the order asked.
using conversation_ask = std::variant<shared_draft, read_mark, typing_notice, look_at_blocks>;

}  // namespace parley
