#include "actors/conversation/rules.hpp"

#include <algorithm>
#include <tuple>

namespace parley {

namespace {

using membership = conversation_record::membership;

failure forbidden(const char* why) { return {errc::forbidden, why, {}}; }

std::size_t count_owners(const conversation_record& in) {
  return static_cast<std::size_t>(std::ranges::count(in.members, member_role::owner, &membership::role));
}

std::optional<failure> may_add(const conversation_record& in, const membership& sender, user_id user,
                               std::size_t members_max) {
  if (sender.role == member_role::member) return forbidden("only owners and admins add members");
  if (find_member(in, user) != nullptr) return failure{errc::conflict, "this user is a member already", {}};
  if (members_max != 0 && in.members.size() >= members_max)
    return failure{
        errc::too_large, "the group is full: it has at most " + std::to_string(members_max) + " members", {}};
  return std::nullopt;
}

std::optional<failure> may_remove(const conversation_record& in, const membership& sender, user_id user) {
  if (sender.role == member_role::member) return forbidden("only owners and admins remove members");
  const auto* leaving = find_member(in, user);
  if (leaving == nullptr) return failure{errc::not_found, "this user is no member", {}};
  if (sender.role == member_role::admin && leaving->role != member_role::member)
    return forbidden("an admin removes neither owners nor admins");
  return std::nullopt;
}

std::optional<failure> may_set_role(const conversation_record& in, const membership& sender,
                                    const entry_draft& draft) {
  if (sender.role != member_role::owner) return forbidden("only owners give roles");
  const auto* changed = find_member(in, draft.user);
  if (changed == nullptr) return failure{errc::not_found, "this user is no member", {}};
  if (changed->role == member_role::owner && draft.role != member_role::owner && count_owners(in) == 1)
    return failure{errc::conflict, "a group keeps an owner: give the role to somebody else first", {}};
  return std::nullopt;
}

}  // namespace

const conversation_record::membership* find_member(const conversation_record& in, user_id user) {
  const auto found = std::ranges::find(in.members, user, &membership::user);
  return found == in.members.end() ? nullptr : &*found;
}

bool is_blocked(const conversation_record& in, user_id user) {
  return in.kind == conversation_kind::direct && std::ranges::find(in.blocked, user) != in.blocked.end();
}

std::optional<failure> may_change(const conversation_record& in, user_id sender, const entry_draft& draft,
                                  std::size_t members_max) {
  const auto* member = find_member(in, sender);
  if (member == nullptr) return no_such_conversation();
  const bool touches_message = draft.kind == entry_kind::edit || draft.kind == entry_kind::erase;
  if (touches_message) return std::nullopt;
  if (in.kind == conversation_kind::direct)
    return forbidden("a direct conversation has its two members for ever, and no name");
  switch (draft.kind) {
    case entry_kind::join:
      return may_add(in, *member, draft.user, members_max);
    case entry_kind::leave:
      if (draft.user == sender) return std::nullopt;
      return may_remove(in, *member, draft.user);
    case entry_kind::role:
      return may_set_role(in, *member, draft);
    case entry_kind::rename:
      if (member->role == member_role::member) return forbidden("only owners and admins rename a group");
      return std::nullopt;
    case entry_kind::create:
    case entry_kind::message:
    case entry_kind::edit:
    case entry_kind::erase:
      break;
  }
  return std::nullopt;
}

std::optional<failure> may_touch(const conversation_record& in, user_id sender, const entry_draft& draft,
                                 const std::optional<message_facts>& target) {
  if (!target) return failure{errc::bad_request, "'target' is the seq of no message", {}};
  const auto* member = find_member(in, sender);
  const bool own = target->sender == sender;
  if (draft.kind == entry_kind::edit && !own) return forbidden("only one's own messages can be edited");
  if (!own && (member == nullptr || member->role == member_role::member))
    return forbidden("only owners and admins delete the messages of others");
  if (draft.kind == entry_kind::edit && is_blocked(in, sender))
    return forbidden("this user does not take messages from you");
  if (target->deleted) return failure{errc::conflict, "this message has been deleted", {}};
  return std::nullopt;
}

user_id successor_of(const conversation_record& in, user_id leaving) {
  const auto* member = find_member(in, leaving);
  if (member == nullptr || member->role != member_role::owner || count_owners(in) > 1) return {};
  const membership* next = nullptr;
  const auto rank = [](const membership& of) { return std::tuple{of.role, of.joined, of.user}; };
  for (const auto& candidate : in.members)
    if (candidate.user != leaving && (next == nullptr || rank(candidate) < rank(*next))) next = &candidate;
  return next == nullptr ? user_id{} : next->user;
}

void apply(conversation_record& to, const entry_draft& committed, sequence seq) {
  to.head = std::max(to.head, seq);
  const auto member = std::ranges::find(to.members, committed.user, &membership::user);
  switch (committed.kind) {
    case entry_kind::join:
      if (member == to.members.end()) to.members.push_back({committed.user, member_role::member, seq});
      break;
    case entry_kind::leave:
      if (member != to.members.end()) to.members.erase(member);
      break;
    case entry_kind::role:
      if (member != to.members.end()) member->role = committed.role;
      break;
    case entry_kind::rename:
      to.name = committed.name;
      break;
    case entry_kind::create:
    case entry_kind::message:
    case entry_kind::edit:
    case entry_kind::erase:
      break;
  }
}

}  // namespace parley
