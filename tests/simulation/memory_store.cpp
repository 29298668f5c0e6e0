#include "tests/simulation/memory_store.hpp"

#include <algorithm>

namespace parley::simulation {

namespace {

/// Whether two drafts with the same key say the same.
bool says_the_same(const entry_draft& a, const entry_draft& b) {
  auto members_a = a.members;
  auto members_b = b.members;
  std::ranges::sort(members_a);
  std::ranges::sort(members_b);
  return a.kind == b.kind && a.text == b.text && a.target == b.target && a.user == b.user &&
         a.role == b.role && a.name == b.name && members_a == members_b;
}

append_result compared(const entry& before, const entry_draft& draft) {
  const auto what = says_the_same(before.content, draft) ? append_result::status::repeated
                                                         : append_result::status::conflicting;
  return {what, before.conversation, before.seq, before.at};
}

/// What PostgreSQL would not take as text.
bool can_be_stored(const entry_draft& draft) { return draft.text.find('\0') == std::string::npos; }

/// What the members, the name and the texts are after this entry.
void apply(memory_store::conversation& to, const entry& written) {
  const auto& what = written.content;
  switch (what.kind) {
    case entry_kind::message:
      to.read[written.sender] = written.seq;
      break;
    case entry_kind::edit:
      to.texts[what.target] = {what.text, written.seq, false};
      break;
    case entry_kind::erase:
      to.texts[what.target] = {{}, 0, true};
      break;
    case entry_kind::join:
      to.members[what.user] = {member_role::member, written.seq, 0};
      break;
    case entry_kind::leave:
      to.members[what.user].left = written.seq;
      break;
    case entry_kind::role:
      to.members[what.user].role = what.role;
      break;
    case entry_kind::rename:
      to.name = what.name;
      break;
    case entry_kind::create:
      break;
  }
}

}  // namespace

bool memory_store::conversation::has(user_id user) const {
  const auto found = members.find(user);
  return found != members.end() && found->second.left == 0;
}

sequence memory_store::conversation::read_by(user_id user) const {
  const auto found = read.find(user);
  return found == read.end() ? 0 : found->second;
}

int memory_store::conversation::messages_up_to(sequence seq) const {
  int count = 0;
  for (const auto& e : entries)
    if (e.seq <= seq && e.content.kind == entry_kind::message) ++count;
  return count;
}

entry memory_store::conversation::as_it_is_now(const entry& written) const {
  auto now = written;
  const auto says = written.content.kind;
  if (says != entry_kind::message && says != entry_kind::edit) return now;
  const auto touched = texts.find(says == entry_kind::edit ? written.content.target : written.seq);
  if (touched == texts.end()) return now;
  now.content.text = touched->second.text;
  now.deleted = touched->second.deleted;
  now.edited = !now.deleted && touched->second.edited_by != written.seq;
  return now;
}

std::vector<entry> memory_store::conversation::as_they_are_now(sequence first, sequence last) const {
  std::vector<entry> now;
  // With a planted hole there are fewer entries than their numbers say.
  const auto end = std::min(last, static_cast<sequence>(entries.size()));
  for (auto place = first; place < end; ++place)
    now.push_back(as_it_is_now(entries[static_cast<std::size_t>(place)]));
  return now;
}

append_result memory_store::append(const append_item& item, backend_number by) {
  const auto& draft = *item.draft;
  if (draft.kind == entry_kind::create) return create(item, by);
  if (find(item.conversation) == nullptr || !can_be_stored(draft))
    return {append_result::status::refused, item.conversation, 0, 0};
  if (const auto before = find_repeat(item.conversation, item.sender, draft)) return *before;
  return write(item, by);
}

append_result memory_store::write(const append_item& item, backend_number by) {
  auto& where = conversations_.at(item.conversation);
  if (item.successor) {
    entry_draft follows;
    follows.kind = entry_kind::role;
    follows.user = item.successor;
    follows.role = member_role::owner;
    commit(item.conversation, where, item.sender, follows, by);
  }
  return commit(item.conversation, where, item.sender, *item.draft, by);
}

append_result memory_store::create(const append_item& item, backend_number by) {
  const auto& draft = *item.draft;
  if (const auto before = find_created(item.sender, draft)) return *before;
  auto& made = conversations_[item.conversation];
  made.kind = draft.creates_direct() ? conversation_kind::direct : conversation_kind::group;
  made.name = draft.name;
  for (const auto user : draft.members) {
    const bool owns = !draft.creates_direct() && user == item.sender;
    made.members[user] = {owns ? member_role::owner : member_role::member, 1, 0};
  }
  if (draft.creates_direct()) {
    direct_[{draft.members.front(), draft.members.back()}] = item.conversation;
  } else {
    created_[{item.sender, draft.key}] = item.conversation;
  }
  return commit(item.conversation, made, item.sender, draft, by);
}

append_result memory_store::commit(conversation_id id, conversation& where, user_id sender,
                                   const entry_draft& draft, backend_number by) {
  entry written;
  written.conversation = id;
  written.seq = where.head() + 1 + where.wasted;
  written.at = now();
  written.sender = sender;
  written.content = draft;
  where.entries.push_back(written);
  apply(where, written);
  listener_(written, by);
  return {append_result::status::written, id, written.seq, written.at};
}

read_result_item memory_store::mark_read(const read_item& item) {
  auto& where = conversations_.at(item.conversation);
  auto& read = where.read[item.user];
  const bool moved = where.has(item.user) && item.seq > read;
  if (moved) read = item.seq;
  return {read, moved};
}

read_result_item memory_store::mark_read_as_said(const read_item& item) {
  conversations_.at(item.conversation).read[item.user] = item.seq;
  return {item.seq, true};
}

std::optional<append_result> memory_store::find_repeat(conversation_id id, user_id sender,
                                                       const entry_draft& draft) const {
  const auto* where = find(id);
  if (where == nullptr) return std::nullopt;
  // Keys of `create` are a space of their own.
  const auto before = std::ranges::find_if(where->entries, [&](const entry& e) {
    return e.content.kind != entry_kind::create && e.sender == sender && e.content.key == draft.key;
  });
  if (before == where->entries.end()) return std::nullopt;
  return compared(*before, draft);
}

std::optional<append_result> memory_store::find_created(user_id sender, const entry_draft& draft) const {
  if (draft.creates_direct()) {
    const auto found = direct_.find({draft.members.front(), draft.members.back()});
    if (found == direct_.end()) return std::nullopt;
    const auto& first = conversations_.at(found->second).entries.front();
    return append_result{append_result::status::repeated, found->second, first.seq, first.at};
  }
  const auto found = created_.find({sender, draft.key});
  if (found == created_.end()) return std::nullopt;
  return compared(conversations_.at(found->second).entries.front(), draft);
}

const memory_store::conversation* memory_store::find(conversation_id id) const {
  const auto found = conversations_.find(id);
  return found == conversations_.end() ? nullptr : &found->second;
}

}  // namespace parley::simulation
