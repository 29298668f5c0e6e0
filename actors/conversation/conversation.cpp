#include "actors/conversation/conversation.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <utility>

#include "actors/contract/interfaces/routing.hpp"
#include "actors/contract/values/tracing.hpp"
#include "actors/conversation/rules.hpp"
#include "actors/log_reader/ask_log.hpp"

// Requests in their order, and messages.
namespace parley {

namespace {

/// What a waiting request costs in memory and at the writer.
std::size_t cost_of(const entry_draft& draft) {
  return 256 + draft.text.size() + draft.key.size() + draft.members.size() * sizeof(user_id);
}

/// Whether this needs to know what has been committed before it is decided.
bool is_change(const conversation_ask& what) {
  const auto* draft = std::get_if<shared_draft>(&what);
  return draft != nullptr && (*draft)->kind != entry_kind::message && (*draft)->kind != entry_kind::create;
}

}  // namespace

void conversation_state::show_name() const {
  if (setup_.record && setup_.record->name) is_called(*setup_.record->name);
}

conversation_state::behavior_type conversation_state::make_behavior(conversation_setup setup) {
  setup_ = std::move(setup);
  stands_for(setup_.id);
  lies_in(shard_of(setup_.id));
  show_name();
  return {
      [this](const ask_conversation& request) { take(request); },
      [this](const batch_finished& done) { finish(done); },
      [this](const hand_over_due&) { hand_over(); },
      [this](const read_stored& done) { read_was_stored(done); },
      [this](const receipts_due&) { tell_receipts(); },
      [this](const blocks_due&) { ask_for_blocks(); },
      [this](const append_failed& failed) { lose_everything(failed.why); },
      [this](const passivate& asked) { consider_sleep(asked); },
      [this](const stop_actor&) { self()->quit(); },
  };
}

void conversation_state::take(const ask_conversation& request) {
  ++taken_;
  switch (lines_.judge(request.header.origin, request.line, request.number, request.ordinal)) {
    case request_lines::verdict::drop:
      return;
    case request_lines::verdict::resend:
      send_to_node(*setup_.where, request.header.origin.node,
                   resend_wanted{request.header, setup_.id, request.line});
      return;
    case request_lines::verdict::take:
      break;
  }
  if (!must_wait(request)) return start(request);
  if (waiting_.size() >= setup_.unanswered_max)
    return answer(request, failure{errc::overloaded, "too many requests wait for this conversation",
                                   std::chrono::milliseconds{500}});
  waiting_.push_back(request);
  auto& trace = waiting_.back().header.trace;
  trace = trace_from_here(trace);
}

bool conversation_state::must_wait(const ask_conversation& request) const {
  return changing_ || is_reading_blocks() || !waiting_.empty() || is_held_up(request);
}

bool conversation_state::is_held_up(const ask_conversation& request) const {
  const auto* draft = std::get_if<shared_draft>(&request.what);
  if (at_writer_.empty() || draft == nullptr || (*draft)->kind == entry_kind::create) return false;
  if (is_change(request.what)) return true;
  if (is_member(request.sender) && !is_blocked(*setup_.record, request.sender)) return false;
  // It is going to be refused, but not while an earlier copy of it may be at the writer.
  return std::ranges::any_of(at_writer_,
                             [&](const auto& each) { return each.second.request.sender == request.sender; });
}

void conversation_state::advance() {
  // Whatever is refused at once comes back here.
  if (std::exchange(advancing_, true)) return;
  while (!waiting_.empty() && !changing_ && !is_reading_blocks() && !is_held_up(waiting_.front())) {
    const auto request = std::move(waiting_.front());
    waiting_.pop_front();
    const span_under_way step{request.header.trace, as_span_actor(), "in_turn"};
    start(request);
  }
  advancing_ = false;
}

void conversation_state::start(const ask_conversation& request) {
  if (auto before = lines_.refusal_of(request.header.origin, request.ordinal))
    return answer(request, std::move(*before));
  if (const auto* mark = std::get_if<read_mark>(&request.what)) return mark_read(request, *mark);
  if (std::holds_alternative<typing_notice>(request.what)) return tell_typing(request);
  if (std::holds_alternative<look_at_blocks>(request.what)) return take_blocks(request);
  const auto& draft = std::get<shared_draft>(request.what);
  // A `create` names its own members; the log finds whether the same was made before.
  if (draft->kind == entry_kind::create) return append(request, draft);
  // Also who may no longer write gets the first answer to a repeated key; nobody else learns anything.
  if (!is_member(request.sender)) {
    if (request.defect || draft->key.empty()) return answer(request, no_such_conversation());
    return refuse_unless_repeated(request, draft, no_such_conversation());
  }
  if (request.defect) return answer(request, *request.defect);
  if (draft->kind == entry_kind::message) return message(request, draft);
  change(request, draft);
}

void conversation_state::answer(const ask_conversation& request, outcome<written> result) {
  if (result.has_error()) note_refusal();
  if (result.has_error() && !is_temporary(result.error().code))
    lines_.refuse(request.header.origin, request.ordinal, result.error());
  if (result.has_error() && is_temporary(result.error().code)) {
    // The session refuses everything behind it on this line as well.
    const auto& origin = request.header.origin;
    lines_.end(origin, request.line);
    std::erase_if(waiting_, [&](const ask_conversation& later) {
      return later.header.origin == origin && later.line == request.line;
    });
  }
  send_to_node(
      *setup_.where, request.header.origin.node,
      conversation_answered{request.header, setup_.id, request.line, request.number, std::move(result)});
}

void conversation_state::message(const ask_conversation& request, const shared_draft& draft) {
  if (setup_.record && is_blocked(*setup_.record, request.sender))
    return refuse_unless_repeated(request, draft,
                                  {errc::forbidden, "this user does not take messages from you", {}});
  append(request, draft);
}

void conversation_state::append(const ask_conversation& request, const shared_draft& draft,
                                user_id successor) {
  const auto bytes = cost_of(*draft);
  if (at_writer_.size() >= setup_.unanswered_max || !setup_.where->budget.take(bytes)) {
    changing_ = false;
    answer(request, failure{errc::overloaded, "too much is waiting to be stored; try again shortly",
                            std::chrono::milliseconds{500}});
    return advance();
  }
  const auto ticket = ++last_ticket_;
  auto header = request.header;
  header.trace = trace_from_here(header.trace);
  at_writer_.emplace(ticket, at_writer{request, bytes, successor});
  if (to_append_.empty()) self()->send(conversation_actor{self()}, hand_over_due{});
  to_append_.push_back({header,
                        {setup_.id, request.sender, draft, successor},
                        ticket,
                        setup_.shard_incarnation,
                        bytes,
                        conversation_actor{self()}});
}

void conversation_state::hand_over() {
  if (to_append_.empty()) return;
  caf::anon_send(setup_.where->writer(shard_of(setup_.id)), append_entries{std::exchange(to_append_, {})});
}

void conversation_state::refuse_unless_repeated(const ask_conversation& request, const shared_draft& draft,
                                                const failure& why) {
  ++asking_;
  auto done = [this, request, why](const outcome<std::optional<append_result>>& found) {
    --asking_;
    if (found.has_error()) return answer(request, found.error());
    const auto& before = found.value();
    if (!before) return answer(request, why);
    if (before->what == append_result::status::conflicting)
      return answer(request, failure{errc::conflict, "this key was used for something else", {}});
    answer(request, written{setup_.id, before->seq, before->at, true});
  };
  ask_log<std::optional<append_result>>(self(), *setup_.where, setup_.id,
                                        read_repeat{setup_.id, request.sender, draft}, done);
}

void conversation_state::finish(const batch_finished& done) {
  for (const auto& each : done.appends) finish_one(each);
  publish_batch();
  advance();
}

void conversation_state::finish_one(const finished_append& done) {
  const auto place = at_writer_.find(done.ticket);
  if (place == at_writer_.end()) return;
  const auto from = std::move(place->second);
  at_writer_.erase(place);
  const span_under_way step{done.trace, as_span_actor(), "batch_finished"};
  setup_.where->budget.give_back(from.bytes);
  if (is_change(from.request.what)) changing_ = false;
  const auto& result = done.result;
  switch (result.what) {
    case append_result::status::written:
      answer(from.request, written{result.conversation, result.seq, result.at, false});
      publish(from, result);
      break;
    case append_result::status::repeated:
      answer(from.request, written{result.conversation, result.seq, result.at, true});
      break;
    case append_result::status::conflicting:
      answer(from.request, failure{errc::conflict, "this key was used for something else", {}});
      break;
    case append_result::status::refused:
      answer(from.request, failure{errc::internal, "this could not be stored; nothing was written", {}});
      break;
  }
}

void conversation_state::publish(const at_writer& from, const append_result& result) {
  const auto& draft = *std::get<shared_draft>(from.request.what);
  if (draft.kind == entry_kind::create) found(from);
  if (is_change(from.request.what)) return changed(from, result);
  publish_entry(from.request.header, {setup_.id, result.seq, result.at, from.request.sender, draft});
}

void conversation_state::publish_entry(const envelope& cause, entry committed) {
  if (setup_.record) setup_.record->head = std::max(setup_.record->head, committed.seq);
  to_publish_.push_back({{topic_of(setup_.id), cause.origin, trace_from_here(cause.trace)},
                         std::make_shared<const entry>(std::move(committed))});
}

void conversation_state::publish_batch() {
  if (to_publish_.empty()) return;
  auto entries = std::make_shared<const std::vector<published_entry>>(std::exchange(to_publish_, {}));
  auto header = entries->front().header;
  // What a batch committed goes on as one message, and its way is recorded once.
  header.trace = {};
  for (const auto& each : *entries)
    if (each.header.trace && !header.trace) header.trace = each.header.trace;
  span_under_way step{header.trace, as_span_actor(), "publish"};
  step.add("entries", static_cast<std::int64_t>(entries->size()));
  if (step) record_shared(*entries, header.trace);
  caf::anon_send(setup_.where->shard(topic_of(setup_.id)), entries_published{header, std::move(entries)});
}

void conversation_state::record_shared(const std::vector<published_entry>& entries,
                                       const trace_context& recorded) const {
  const auto now_ns = trace_clock_ns();
  for (const auto& each : entries) {
    const auto& trace = each.header.trace;
    if (trace && trace.trace != recorded.trace)
      record_span(trace, as_span_actor(), "shared", now_ns, now_ns,
                  {{"continues_trace", to_trace_text(recorded.trace)},
                   {"continues_span", to_trace_text(trace_step_now.span)}});
  }
}

void conversation_state::found(const at_writer& from) {
  const auto& draft = *std::get<shared_draft>(from.request.what);
  conversation_record record;
  record.id = setup_.id;
  record.kind = draft.creates_direct() ? conversation_kind::direct : conversation_kind::group;
  record.name = draft.name;
  for (const auto user : draft.members) {
    const bool owns = !draft.creates_direct() && user == from.request.sender;
    record.members.push_back({user, owns ? member_role::owner : member_role::member, 1});
  }
  send_to_all_nodes(*setup_.where, membership_changed{from.request.header, setup_.id, draft.members});
  setup_.record = std::move(record);
  show_name();
  // Somebody may have been blocked before there was a conversation.
  if (draft.creates_direct()) read_blocks_anew();
}

void conversation_state::lose_everything(log_failure why) {
  // Nobody knows what was committed. Whoever asked sends again, with the same keys, to the
  // conversation that starts anew from the log: at once when only this conversation is concerned, else
  // when the shard is held again, which sessions are told.
  std::map<address, ask_conversation> lost;
  for (auto& [ticket, from] : at_writer_) {
    setup_.where->budget.give_back(from.bytes);
    lost.emplace(from.request.header.origin, from.request);
  }
  for (auto& [ticket, request] : marking_) lost.emplace(request.header.origin, request);
  for (auto& request : waiting_) lost.emplace(request.header.origin, request);
  at_writer_.clear();
  for (const auto& [origin, request] : lost) {
    if (why != log_failure::contradicted) break;
    send_to_node(*setup_.where, request.header.origin.node,
                 resend_wanted{request.header, setup_.id, request.line});
  }
  self()->quit();
}

void conversation_state::consider_sleep(const passivate& asked) const {
  const bool busy = !at_writer_.empty() || !marking_.empty() || !waiting_.empty() || changing_ ||
                    is_reading_blocks() || asking_ != 0 || !receipts_.empty();
  if (busy || asked.forwarded != taken_) return;
  caf::anon_send(setup_.where->shard(topic_of(setup_.id)), sleep_wanted{setup_.id, taken_});
}

bool conversation_state::is_member(user_id user) const {
  return setup_.record && find_member(*setup_.record, user) != nullptr;
}

conversation_actor::behavior_type conversation(conversation_state::self_pointer self,
                                               conversation_setup setup) {
  return self->state.make_behavior(std::move(setup));
}

}  // namespace parley
