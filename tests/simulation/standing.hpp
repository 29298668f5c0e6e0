#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/contract/values/conversation.hpp"
#include "actors/contract/values/entry.hpp"
#include "actors/contract/values/failure.hpp"

namespace parley::simulation {

/// A conversation as its log makes it up to some place: the checker's own reading of the protocol.
struct standing {
  struct member {
    member_role role = member_role::member;
    sequence joined = 0;
  };
  struct message {
    user_id sender;
    std::string text;
    sequence edited_by = 0;  // the newest edit
    bool deleted = false;
  };

  sequence head = 0;
  conversation_kind kind = conversation_kind::group;
  std::optional<std::string> name;
  std::map<user_id, member> members;
  std::map<user_id, sequence> left;  // the last own `leave` of those who are gone
  std::map<sequence, message> messages;

  void apply(const entry& next);
  [[nodiscard]] bool has(user_id user) const { return members.contains(user); }
  [[nodiscard]] std::size_t owners() const;
  /// Who must become owner when this member leaves; nobody when nobody must.
  [[nodiscard]] user_id successor_of(user_id leaving) const;
  /// An entry of this log as it is read here: a message, and an edit, with the text it has now.
  [[nodiscard]] entry as_read(const entry& written) const;
};

/// Every reason to refuse this draft here, blocks and keys apart; none when it must be taken. `people`:
/// all users that exist; `members_max`: of a group, 0 is no limit. An own leave names no user.
std::set<errc> reasons_against(const standing& here, user_id sender, const entry_draft& draft,
                               const std::vector<user_id>& people, std::size_t members_max);

}  // namespace parley::simulation
