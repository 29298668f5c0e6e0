#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "actors/contract/values/entry.hpp"
#include "actors/contract/values/ids.hpp"

namespace parley {

/// A user as others see them.
struct user_info {
  user_id id;
  std::string name;
  friend bool operator==(const user_info&, const user_info&) = default;
};

/// A member of a conversation as other members see them.
struct member_info {
  user_id user;
  std::string name;
  member_role role = member_role::member;
  sequence read = 0;
};

/// A conversation as one of its members sees it: one row of `sync`, or the event `conversation`.
struct conversation_view {
  conversation_id id;
  conversation_kind kind = conversation_kind::group;
  std::optional<std::string> name;
  sequence head = 0;
  sequence read = 0;
  int unread = 0;              // messages above `read`, counted to 100
  sequence joined = 0;         // seq of the entry by which the viewer became a member; not sent to clients
  std::vector<entry> entries;  // ascending
  bool gap = false;
  bool reset = false;
  std::size_t member_count = 0;
  std::vector<member_info> members;  // the first 200, by user id
};

/// A conversation as its own actor sees it: what it decides against.
struct conversation_record {
  struct membership {
    user_id user;
    member_role role = member_role::member;
    sequence joined = 0;
  };
  conversation_id id;
  conversation_kind kind = conversation_kind::group;
  std::optional<std::string> name;
  sequence head = 0;
  std::vector<membership> members;  // present members only
  std::vector<user_id> blocked;     // of a direct conversation: whom the other one has blocked
};

/// One of a user's conversations, with what is needed to see whether something was missed.
struct conversation_head {
  conversation_id conversation;
  sequence head = 0;
  sequence joined = 0;
};

}  // namespace parley
