#include <utility>

#include "tests/simulation/device.hpp"

// Edits, deletes, members, roles, names; read marks, typing, presence, blocks, signals. Much of it is not
// allowed to whoever tries, which is the point.
namespace parley::simulation {

void device::change_something() {
  const auto conversation = any_of_mine();
  if (!conversation) return create();
  auto& chance = *around_.chance;
  entry_draft draft;
  draft.key = new_key();
  const auto kind = chance.below(100);
  if (kind >= 45) return change_members(conversation, std::move(draft));
  // Mostly what is there, now and then what is not.
  draft.target = static_cast<sequence>(chance.below(static_cast<std::size_t>(have_[conversation]) + 3));
  draft.kind = kind < 30 ? entry_kind::edit : entry_kind::erase;
  if (draft.kind == entry_kind::edit) draft.text = "edit by " + draft.key;
  write_to(conversation, std::move(draft));
}

void device::change_members(conversation_id conversation, entry_draft draft) {
  auto& chance = *around_.chance;
  draft.user = chance.chance(0.97) ? chance.pick(around_.people) : nobody;
  const auto what = chance.below(55);
  if (what < 20) {
    draft.kind = entry_kind::join;
  } else if (what < 28) {
    draft.kind = entry_kind::leave;
  } else if (what < 34) {
    draft.kind = entry_kind::leave;
    draft.user = {};
  } else if (what < 47) {
    draft.kind = entry_kind::role;
    draft.role = chance.pick(std::vector{member_role::owner, member_role::admin, member_role::member});
  } else {
    draft.kind = entry_kind::rename;
    draft.user = {};
    draft.name = "renamed by " + draft.key;
  }
  write_to(conversation, std::move(draft));
}

std::vector<user_id> device::some_people() {
  std::vector<user_id> some;
  for (const auto person : around_.people)
    if (around_.chance->chance(0.6)) some.push_back(person);
  return some;
}

void device::do_something_about_people() {
  auto& chance = *around_.chance;
  const auto conversation = any_of_mine();
  const auto what = chance.below(100);
  if (what < 35 && conversation)
    return ask(request::mark_read{conversation, static_cast<sequence>(chance.below(
                                                    static_cast<std::size_t>(have_[conversation]) + 4))});
  if (what < 45 && conversation) return ask(request::typing{conversation});
  if (what < 65) return ask(request::watch_presence{some_people()});
  if (what < 70) return ask(request::unwatch_presence{some_people()});
  if (what < 76) return ask(request::block{chance.pick(around_.people)});
  if (what < 84) return ask(request::unblock{chance.pick(around_.people)});
  if (what < 88) return ask(request::blocked{});
  if (what < 92) {
    request::search wanted;
    wanted.text = "text";
    if (conversation && chance.chance(0.5)) wanted.conversation = conversation;
    return ask(std::move(wanted));
  }
  ask(request::signal{chance.pick(around_.people), "\"" + new_key() + "\""});
}

}  // namespace parley::simulation
