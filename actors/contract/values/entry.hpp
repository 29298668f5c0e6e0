#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/contract/values/ids.hpp"

namespace parley {

/// What an entry of a conversation's log says. The numbers are stored; never change them.
enum class entry_kind : std::int16_t {
  create = 1,   // members, name?: always seq 1
  message = 2,  // text
  edit = 3,     // target, text
  erase = 4,    // target ("delete" on the wire)
  join = 5,     // user
  leave = 6,    // user
  role = 7,     // user, role
  rename = 8,   // name
};

/// What a member may do. The numbers are stored; never change them.
enum class member_role : std::int16_t { owner = 1, admin = 2, member = 3 };

enum class conversation_kind : std::uint8_t { direct, group };

constexpr std::string_view to_text(entry_kind kind) {
  switch (kind) {
    case entry_kind::create:
      return "create";
    case entry_kind::message:
      return "message";
    case entry_kind::edit:
      return "edit";
    case entry_kind::erase:
      return "delete";
    case entry_kind::join:
      return "join";
    case entry_kind::leave:
      return "leave";
    case entry_kind::role:
      return "role";
    case entry_kind::rename:
      return "rename";
  }
  return "message";
}

constexpr std::string_view to_text(member_role role) {
  switch (role) {
    case member_role::owner:
      return "owner";
    case member_role::admin:
      return "admin";
    case member_role::member:
      return "member";
  }
  return "member";
}

/// What someone asks to be written: an entry without its place in the log. Which members are
/// meaningful follows from `kind`, as noted there. A `create` without a name and key is of a direct
/// conversation; then `members` holds its two people.
struct entry_draft {
  entry_kind kind = entry_kind::message;
  std::string key;  // the sender's own name for the request; empty only for a direct `create`
  std::string text;
  sequence target = 0;
  user_id user;
  member_role role = member_role::member;
  std::optional<std::string> name;
  std::vector<user_id> members;  // of a `create`: the creator included, each once

  [[nodiscard]] bool creates_direct() const { return kind == entry_kind::create && key.empty(); }
};

/// An entry of a conversation's log: a draft that has been committed, with its place and time.
struct entry {
  conversation_id conversation;
  sequence seq = 0;
  timestamp_ms at = 0;
  user_id sender;
  entry_draft content;
  bool edited = false;   // when read later: `content.text` is a newer text
  bool deleted = false;  // when read later: `content.text` is gone

  friend bool operator==(const entry&, const entry&);
};

using shared_draft = std::shared_ptr<const entry_draft>;
using entry_pointer = std::shared_ptr<const entry>;

inline bool operator==(const entry& a, const entry& b) {
  const auto& x = a.content;
  const auto& y = b.content;
  return a.conversation == b.conversation && a.seq == b.seq && a.at == b.at && a.sender == b.sender &&
         a.edited == b.edited && a.deleted == b.deleted && x.kind == y.kind && x.key == y.key &&
         x.text == y.text && x.target == y.target && x.user == y.user && x.role == y.role &&
         x.name == y.name && x.members == y.members;
}

}  // namespace parley
