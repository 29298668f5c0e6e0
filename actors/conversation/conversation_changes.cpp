#include <caf/all.hpp>
#include <utility>

#include "actors/contract/interfaces/routing.hpp"
#include "actors/conversation/conversation.hpp"
#include "actors/conversation/rules.hpp"
#include "actors/log_reader/ask_log.hpp"

// Edits, members, roles and names: one at a time, decided against what has been committed.
namespace parley {

void conversation_state::change(const ask_conversation& request, const shared_draft& draft) {
  changing_ = true;
  // A repeat is answered whatever its sender may do today.
  auto done = [this, request, draft](const outcome<std::optional<append_result>>& found) {
    if (found.has_error()) return settle(request, found.error());
    const auto& before = found.value();
    if (!before) return decide(request, draft);
    if (before->what == append_result::status::conflicting)
      return settle(request, failure{errc::conflict, "this key was used for something else", {}});
    settle(request, written{setup_.id, before->seq, before->at, true});
  };
  ask_log<std::optional<append_result>>(self(), *setup_.where, setup_.id,
                                        read_repeat{setup_.id, request.sender, draft}, done);
}

void conversation_state::decide(const ask_conversation& request, const shared_draft& draft) {
  if (auto why = may_change(*setup_.record, request.sender, *draft, setup_.members_max))
    return settle(request, std::move(*why));
  switch (draft->kind) {
    case entry_kind::edit:
    case entry_kind::erase:
      return look_at_target(request, draft);
    case entry_kind::join:
      return look_at_user(request, draft);
    case entry_kind::leave:
      return append(request, draft, successor_of(*setup_.record, draft->user));
    default:
      return append(request, draft);
  }
}

void conversation_state::look_at_target(const ask_conversation& request, const shared_draft& draft) {
  ask_log<std::optional<message_facts>>(
      self(), *setup_.where, setup_.id, read_message{setup_.id, draft->target},
      [this, request, draft](const outcome<std::optional<message_facts>>& found) {
        if (found.has_error()) return settle(request, found.error());
        if (auto why = may_touch(*setup_.record, request.sender, *draft, found.value()))
          return settle(request, std::move(*why));
        append(request, draft);
      });
}

void conversation_state::look_at_user(const ask_conversation& request, const shared_draft& draft) {
  ask_log<std::vector<user_info>>(self(), *setup_.where, setup_.id, read_known_users{{draft->user}},
                                  [this, request, draft](const outcome<std::vector<user_info>>& known) {
                                    if (known.has_error()) return settle(request, known.error());
                                    if (known.value().empty()) return settle(request, no_such_user());
                                    append(request, draft);
                                  });
}

void conversation_state::settle(const ask_conversation& request, outcome<written> result) {
  changing_ = false;
  answer(request, std::move(result));
  advance();
}

void conversation_state::changed(const at_writer& from, const append_result& result) {
  const auto& header = from.request.header;
  const auto& draft = *std::get<shared_draft>(from.request.what);
  if (from.successor) {
    entry_draft follows;
    follows.kind = entry_kind::role;
    follows.user = from.successor;
    follows.role = member_role::owner;
    apply(*setup_.record, follows, result.seq - 1);
    publish_entry(header, {setup_.id, result.seq - 1, result.at, from.request.sender, std::move(follows)});
  }
  apply(*setup_.record, draft, result.seq);
  if (draft.kind == entry_kind::rename) show_name();
  if (draft.kind == entry_kind::leave) typing_told_.erase(draft.user);
  if (draft.kind == entry_kind::join)
    send_to_all_nodes(*setup_.where, membership_changed{header, setup_.id, {draft.user}});
  publish_entry(header, {setup_.id, result.seq, result.at, from.request.sender, draft});
}

}  // namespace parley
