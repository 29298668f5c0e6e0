#include "tests/simulation/standing.hpp"

#include <algorithm>
#include <tuple>

namespace parley::simulation {

namespace {

bool is_at_least_admin(const standing& here, user_id user) {
  return here.members.at(user).role != member_role::member;
}

std::set<errc> against_touching(const standing& here, user_id sender, const entry_draft& draft) {
  const auto target = here.messages.find(draft.target);
  if (target == here.messages.end()) return {errc::bad_request};
  std::set<errc> reasons;
  const bool own = target->second.sender == sender;
  if (!own && (draft.kind == entry_kind::edit || !is_at_least_admin(here, sender)))
    reasons.insert(errc::forbidden);
  if (target->second.deleted) reasons.insert(errc::conflict);
  return reasons;
}

std::set<errc> against_joining(const standing& here, user_id sender, const entry_draft& draft,
                               const std::vector<user_id>& people, std::size_t members_max) {
  std::set<errc> reasons;
  if (!is_at_least_admin(here, sender)) reasons.insert(errc::forbidden);
  if (here.has(draft.user)) reasons.insert(errc::conflict);
  if (std::ranges::find(people, draft.user) == people.end()) reasons.insert(errc::not_found);
  if (members_max != 0 && here.members.size() >= members_max) reasons.insert(errc::too_large);
  return reasons;
}

std::set<errc> against_removing(const standing& here, user_id sender, const entry_draft& draft) {
  // One's own leave names nobody.
  if (!draft.user) return {};
  std::set<errc> reasons;
  if (draft.user == sender) reasons.insert(errc::bad_request);
  if (!is_at_least_admin(here, sender)) reasons.insert(errc::forbidden);
  if (!here.has(draft.user)) {
    reasons.insert(errc::not_found);
  } else if (here.members.at(sender).role == member_role::admin && is_at_least_admin(here, draft.user)) {
    reasons.insert(errc::forbidden);
  }
  return reasons;
}

std::set<errc> against_role(const standing& here, user_id sender, const entry_draft& draft) {
  std::set<errc> reasons;
  if (here.members.at(sender).role != member_role::owner) reasons.insert(errc::forbidden);
  if (!here.has(draft.user)) {
    reasons.insert(errc::not_found);
  } else if (here.members.at(draft.user).role == member_role::owner && draft.role != member_role::owner &&
             here.owners() == 1) {
    reasons.insert(errc::conflict);
  }
  return reasons;
}

}  // namespace

void standing::apply(const entry& next) {
  const auto& what = next.content;
  head = next.seq;
  switch (what.kind) {
    case entry_kind::create:
      kind = what.creates_direct() ? conversation_kind::direct : conversation_kind::group;
      name = what.name;
      for (const auto user : what.members) {
        const bool owns = kind == conversation_kind::group && user == next.sender;
        members[user] = {owns ? member_role::owner : member_role::member, next.seq};
      }
      break;
    case entry_kind::message:
      messages[next.seq] = {next.sender, what.text, 0, false};
      break;
    case entry_kind::edit:
      messages[what.target].text = what.text;
      messages[what.target].edited_by = next.seq;
      break;
    case entry_kind::erase:
      messages[what.target].text.clear();
      messages[what.target].deleted = true;
      break;
    case entry_kind::join:
      members[what.user] = {member_role::member, next.seq};
      left.erase(what.user);
      break;
    case entry_kind::leave:
      members.erase(what.user);
      left[what.user] = next.seq;
      break;
    case entry_kind::role:
      if (has(what.user)) members[what.user].role = what.role;
      break;
    case entry_kind::rename:
      name = what.name;
      break;
  }
}

std::size_t standing::owners() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      members, [](const auto& each) { return each.second.role == member_role::owner; }));
}

user_id standing::successor_of(user_id leaving) const {
  const auto member_leaving = members.find(leaving);
  if (member_leaving == members.end() || member_leaving->second.role != member_role::owner || owners() > 1)
    return {};
  std::optional<std::tuple<member_role, sequence, user_id>> first;
  for (const auto& [user, what] : members) {
    if (user == leaving) continue;
    const std::tuple candidate{what.role, what.joined, user};
    if (!first || candidate < *first) first = candidate;
  }
  return first ? std::get<user_id>(*first) : user_id{};
}

entry standing::as_read(const entry& written) const {
  auto now = written;
  const auto kind_of = written.content.kind;
  if (kind_of != entry_kind::message && kind_of != entry_kind::edit) return now;
  const auto found = messages.find(kind_of == entry_kind::edit ? written.content.target : written.seq);
  if (found == messages.end()) return now;
  const auto& about = found->second;
  now.content.text = about.text;
  now.deleted = about.deleted;
  now.edited = !about.deleted && about.edited_by != 0 && about.edited_by != written.seq;
  return now;
}

std::set<errc> reasons_against(const standing& here, user_id sender, const entry_draft& draft,
                               const std::vector<user_id>& people, std::size_t members_max) {
  if (!here.has(sender)) return {errc::not_found};
  const bool touches = draft.kind == entry_kind::edit || draft.kind == entry_kind::erase;
  if (touches) return against_touching(here, sender, draft);
  if (draft.kind == entry_kind::message) return {};
  std::set<errc> reasons;
  switch (draft.kind) {
    case entry_kind::join:
      reasons = against_joining(here, sender, draft, people, members_max);
      break;
    case entry_kind::leave:
      reasons = against_removing(here, sender, draft);
      break;
    case entry_kind::role:
      reasons = against_role(here, sender, draft);
      break;
    default:
      if (!is_at_least_admin(here, sender)) reasons.insert(errc::forbidden);
      break;
  }
  // A direct conversation has its two members for ever, and no name.
  if (here.kind == conversation_kind::direct) reasons.insert(errc::forbidden);
  return reasons;
}

}  // namespace parley::simulation
