#include "actors/conversation/conversation.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <utility>

#include "actors/log_reader/ask_log.hpp"

namespace parley {

namespace {

/// What a waiting request costs in memory and at the writer.
std::size_t cost_of(const entry_draft& draft) {
  return 256 + draft.text.size() + draft.key.size() + draft.members.size() * sizeof(user_id);
}

}  // namespace

conversation_state::behavior_type conversation_state::make_behavior(conversation_setup setup) {
  setup_ = std::move(setup);
  return {
      [this](const write_entry& request) { take(request); },
      [this](const append_finished& done) { finish(done); },
      [this](const append_failed& failed) { lose_everything(failed.why); },
      [this](const passivate& asked) { consider_sleep(asked); },
      [this](const stop_actor&) { self()->quit(); },
  };
}

void conversation_state::take(const write_entry& request) {
  ++taken_;
  switch (lines_.judge(request.header.origin, request.line, request.number)) {
    case request_lines::verdict::drop:
      return;
    case request_lines::verdict::resend:
      caf::anon_send(setup_.where->relay, resend_wanted{request.header, setup_.id, request.line});
      return;
    case request_lines::verdict::take:
      break;
  }
  // A `create` names its own members; the log finds whether the same was made before.
  if (request.draft->kind == entry_kind::create) return append(request);
  if (!is_member(request.sender)) return refuse_stranger(request);
  if (request.defect) return answer(request, *request.defect);
  append(request);
}

void conversation_state::append(const write_entry& request) {
  const auto bytes = cost_of(*request.draft);
  if (at_writer_.size() >= setup_.unanswered_max || !setup_.where->budget.take(bytes)) {
    lines_.end(request.header.origin, request.line);
    return answer(request, failure{errc::overloaded, "too much is waiting to be stored; try again shortly",
                                   std::chrono::milliseconds{500}});
  }
  const auto ticket = ++last_ticket_;
  at_writer_.emplace(ticket, waiting{request, bytes});
  caf::anon_send(setup_.where->writer(shard_of(setup_.id)),
                 append_entry{request.header,
                              {setup_.id, request.sender, request.draft, {}},
                              ticket,
                              setup_.shard_incarnation,
                              bytes,
                              conversation_actor{self()}});
}

void conversation_state::refuse_stranger(const write_entry& request) {
  // Also who may no longer write gets the first answer to a repeated key; nobody else learns anything.
  if (request.defect || request.draft->key.empty()) return answer(request, no_such_conversation());
  ++asking_;
  auto done = [this, request](const outcome<std::optional<append_result>>& found) {
    --asking_;
    if (found.has_error()) return answer(request, found.error());
    const auto& before = found.value();
    if (!before) return answer(request, no_such_conversation());
    if (before->what == append_result::status::conflicting)
      return answer(request, failure{errc::conflict, "this key was used for something else", {}});
    answer(request, written{setup_.id, before->seq, before->at, true});
  };
  ask_log<std::optional<append_result>>(self(), *setup_.where, setup_.id,
                                        read_repeat{setup_.id, request.sender, request.draft}, done);
}

void conversation_state::finish(const append_finished& done) {
  const auto found = at_writer_.find(done.ticket);
  if (found == at_writer_.end()) return;
  const auto from = std::move(found->second);
  at_writer_.erase(found);
  setup_.where->budget.give_back(from.bytes);
  const auto& result = done.result;
  switch (result.what) {
    case append_result::status::written:
      answer(from.request, written{result.conversation, result.seq, result.at, false});
      return publish(from, result);
    case append_result::status::repeated:
      return answer(from.request, written{result.conversation, result.seq, result.at, true});
    case append_result::status::conflicting:
      return answer(from.request, failure{errc::conflict, "this key was used for something else", {}});
    case append_result::status::refused:
      return answer(from.request,
                    failure{errc::internal, "this could not be stored; nothing was written", {}});
  }
}

void conversation_state::publish(const waiting& from, const append_result& result) {
  auto committed = std::make_shared<const entry>(
      entry{setup_.id, result.seq, result.at, from.request.sender, *from.request.draft});
  const auto& header = from.request.header;
  if (committed->content.kind == entry_kind::create) found(from);
  if (setup_.record) setup_.record->head = result.seq;
  caf::anon_send(setup_.where->shard(topic_of(setup_.id)),
                 entry_published{{topic_of(setup_.id), header.origin, header.trace}, std::move(committed)});
}

void conversation_state::found(const waiting& from) {
  const auto& draft = *from.request.draft;
  conversation_record record;
  record.id = setup_.id;
  record.kind = draft.creates_direct() ? conversation_kind::direct : conversation_kind::group;
  record.name = draft.name;
  for (const auto user : draft.members) {
    const bool owns = !draft.creates_direct() && user == from.request.sender;
    record.members.push_back({user, owns ? member_role::owner : member_role::member, 1});
    caf::anon_send(setup_.where->shard(topic_of(user)),
                   membership_changed{{topic_of(user), from.request.header.origin, from.request.header.trace},
                                      setup_.id});
  }
  setup_.record = std::move(record);
}

void conversation_state::lose_everything(log_failure why) {
  // Nobody knows what was committed. Whoever asked sends again, with the same keys, to the
  // conversation that starts anew from the log: at once when only this conversation is concerned, else
  // when the shard is held again, which sessions are told.
  std::map<address, write_entry> lost;
  for (auto& [ticket, from] : at_writer_) {
    setup_.where->budget.give_back(from.bytes);
    lost.emplace(from.request.header.origin, from.request);
  }
  at_writer_.clear();
  for (const auto& [origin, request] : lost) {
    if (why != log_failure::contradicted) break;
    caf::anon_send(setup_.where->relay, resend_wanted{request.header, setup_.id, request.line});
  }
  self()->quit();
}

void conversation_state::consider_sleep(const passivate& asked) const {
  if (!at_writer_.empty() || asking_ != 0 || asked.forwarded != taken_) return;
  caf::anon_send(setup_.where->shard(topic_of(setup_.id)), sleep_wanted{setup_.id, taken_});
}

void conversation_state::answer(const write_entry& request, outcome<written> result) const {
  caf::anon_send(setup_.where->relay,
                 write_answered{request.header, setup_.id, request.line, request.number, std::move(result)});
}

bool conversation_state::is_member(user_id user) const {
  return setup_.record && std::ranges::any_of(setup_.record->members,
                                              [user](const auto& member) { return member.user == user; });
}

conversation_actor::behavior_type conversation(conversation_state::self_pointer self,
                                               conversation_setup setup) {
  return self->state.make_behavior(std::move(setup));
}

}  // namespace parley
