#include <algorithm>
#include <caf/all.hpp>
#include <utility>

#include "actors/contract/interfaces/routing.hpp"
#include "actors/contract/values/tracing.hpp"
#include "actors/inspection/trace_keeper.hpp"
#include "actors/log_reader/ask_log.hpp"
#include "actors/session/session.hpp"

// Requests that write an entry: numbered, forwarded to the conversation, sent again when lost.
namespace parley {

namespace {

failure outcome_unknown() {
  return {errc::unavailable, "the outcome is not known: repeat with the same key", {}};
}

/// A block is stored before its conversation is asked to look: that it was refused would be untrue.
failure as_said_of(const outstanding_write& request, const failure& why) {
  if (request.shape != reply_shape::blocks_changed || why.code == errc::unavailable) return why;
  return {errc::unavailable, "not everybody knows of it yet: ask again", why.retry_after};
}

}  // namespace

bool session_state::refused_with_earlier(const client_request& request, conversation_id conversation) {
  const auto mark = marks_.find(conversation);
  if (mark == marks_.end()) return false;
  if (request.ordinal > mark->second.up_to) {
    marks_.erase(mark);
    return false;
  }
  // It had been read when an earlier request was refused: taken now, it would overtake that one.
  refuse(request.id, mark->second.why);
  return true;
}

bool session_state::refused_by_rate(const client_request& request, conversation_id conversation) {
  const auto wait = sends_.take(now());
  if (!wait) return false;
  const failure why{errc::rate_limited, "too many messages at once", wait};
  refuse(request.id, why);
  if (conversation) mark_refused(conversation, why);
  return true;
}

void session_state::write(const client_request& request, const request::write& wanted) {
  const auto conversation = wanted.conversation;
  if (!conversation) return refuse(request.id, no_such_conversation());
  if (refused_with_earlier(request, conversation) || refused_by_rate(request, conversation)) return;
  if (order_.enter(conversation, request_order::lane::write, request)) start_ordered(request, conversation);
}

void session_state::ask_in_order(const client_request& request, conversation_id conversation) {
  if (!conversation) return refuse(request.id, no_such_conversation());
  if (refused_with_earlier(request, conversation)) return;
  if (order_.enter(conversation, request_order::lane::write, request)) start_ordered(request, conversation);
}

void session_state::begin_trace(client_request& request) const {
  const auto* wanted = std::get_if<request::write>(&request.op);
  if (wanted == nullptr || !is_to_be_traced(wanted->conversation, setup_.id)) return;
  const auto now_ns = trace_clock_ns();
  // Read when nothing was traced yet: it begins here.
  const auto read_ns = request.read_ns == 0 ? now_ns : request.read_ns;
  request.trace = record_span({new_trace_id(), 0, read_ns}, {0, "connection", name_of(user_.id)}, "request",
                              read_ns, now_ns,
                              {{"op", std::string(to_text(wanted->draft->kind))},
                               {"bytes", static_cast<std::int64_t>(request.bytes)},
                               {"conversation", to_text(wanted->conversation)},
                               {"session", to_text(setup_.id)}});
}

void session_state::start_asking(const client_request& request, conversation_id conversation) {
  const span_under_way step{request.trace, as_span_actor(), "requests_received"};
  outstanding_write next;
  next.id = request.id;
  next.ordinal = request.ordinal;
  next.conversation = conversation;
  next.defect = request.defect;
  next.trace = trace_from_here(request.trace);
  next.asked = now();
  if (const auto* wanted = std::get_if<request::write>(&request.op)) {
    next.what = wanted->draft;
    if (wanted->draft->kind == entry_kind::leave) {
      if (wanted->draft->user == user_.id && !next.defect)
        next.defect = failure{errc::bad_request, "to leave oneself, the op is 'leave'", {}};
      if (!wanted->draft->user) {
        auto own = std::make_shared<entry_draft>(*wanted->draft);
        own->user = user_.id;
        next.what = std::move(own);
      }
    }
  } else if (const auto* mark = std::get_if<request::mark_read>(&request.op)) {
    next.what = read_mark{mark->seq};
    next.shape = reply_shape::marked_read;
  } else {
    next.what = typing_notice{};
    next.shape = reply_shape::nothing;
  }
  if (const auto numbered = writes_.add(std::move(next))) forward(*numbered);
  ensure_tick();
}

void session_state::forward(const outstanding_write& request) {
  const auto subject = topic_of(request.conversation);
  send_to_owner(where(), ask_conversation{{subject, own_address(), trace_from_here(request.trace)},
                                          request.conversation,
                                          user_.id,
                                          request.line,
                                          request.number,
                                          request.ordinal,
                                          request.what,
                                          request.defect});
}

void session_state::write_was_answered(const conversation_answered& answer) {
  if (phase_ == phase::ended) return;
  const auto request = writes_.answered(answer.conversation, answer.line, answer.number);
  if (!request) return;
  if (answer.result.has_error() && is_temporary(answer.result.error().code)) {
    auto ended = writes_.end_line(answer.conversation, answer.line, answer.number);
    ended.insert(ended.begin(), *request);
    // Other refusals than `unavailable` say that nothing happened, which nobody knows of a request that
    // was sent before.
    return refuse_line(answer.conversation, ended,
                       request->sent_again ? outcome_unknown() : answer.result.error());
  }
  answer_write(*request, answer.result);
  for (const auto& next : writes_.release(answer.conversation, now())) forward(next);
  if (is_ordered(request->shape)) finish_ordered(request->conversation, request->ordinal);
}

void session_state::answer_write(const outstanding_write& request, const outcome<written>& result) {
  if (result.has_error()) return refuse(request.id, as_said_of(request, result.error()));
  const auto& done = result.value();
  switch (request.shape) {
    case reply_shape::written:
      return reply(request.id, done);
    case reply_shape::marked_read:
      return reply(request.id, reply::marked_read{done.seq});
    case reply_shape::nothing:
    case reply_shape::blocks_changed:
      return reply(request.id, reply::nothing{});
    case reply_shape::opened_direct:
      return reply(request.id, reply::opened{done.conversation, std::nullopt});
    case reply_shape::opened_group:
      return reply(request.id, reply::opened{done.conversation, done.duplicate});
  }
}

void session_state::refuse_line(conversation_id conversation, const std::vector<outstanding_write>& ended,
                                const failure& why) {
  for (const auto& request : ended) refuse(request.id, as_said_of(request, why));
  refuse_later(conversation, why);
  for (const auto& request : ended)
    if (is_ordered(request.shape)) finish_ordered(conversation, request.ordinal);
}

void session_state::mark_refused(conversation_id conversation, const failure& why) {
  std::erase_if(marks_, [this](const auto& mark) { return mark.second.up_to <= dispatched_; });
  marks_[conversation] = {setup_.out->requests_read(), why};
}

void session_state::refuse_later(conversation_id conversation, const failure& why) {
  mark_refused(conversation, why);
  for (const auto waiting : order_.take_waiting(conversation)) refuse(waiting, why);
}

void session_state::send_again(conversation_id conversation, std::optional<std::uint64_t> line) {
  if (phase_ != phase::identified) return;
  for (const auto& request : writes_.renumber(conversation, line, now())) forward(request);
}

void session_state::open_direct(const client_request& request, const request::open_direct& wanted) {
  if (request.defect) return refuse(request.id, *request.defect);
  if (wanted.user == user_.id)
    return refuse(request.id, {errc::bad_request, "a direct conversation needs somebody else", {}});
  if (!wanted.user) return refuse(request.id, no_such_user());
  if (refused_by_rate(request, {})) return;
  auto draft = std::make_shared<entry_draft>();
  draft->kind = entry_kind::create;
  draft->members = {std::min(user_.id, wanted.user), std::max(user_.id, wanted.user)};
  ask_log<bool>(self(), where(), user_.id, read_has_blocked{wanted.user, user_.id},
                [this, id = request.id, draft = std::move(draft)](const outcome<bool>& blocked) {
                  if (phase_ != phase::identified) return;
                  if (blocked.has_error()) return refuse(id, blocked.error());
                  if (blocked.value())
                    return refuse(id, {errc::forbidden, "this user does not take messages from you", {}});
                  create(id, draft, reply_shape::opened_direct);
                });
}

void session_state::create_group(const client_request& request, const request::create_group& wanted) {
  if (request.defect) return refuse(request.id, *request.defect);
  if (refused_by_rate(request, {})) return;
  auto draft = std::make_shared<entry_draft>(*wanted.draft);
  draft->members.push_back(user_.id);
  std::ranges::sort(draft->members);
  draft->members.erase(std::unique(draft->members.begin(), draft->members.end()), draft->members.end());
  create(request.id, std::move(draft), reply_shape::opened_group);
}

void session_state::create(request_id id, shared_draft draft, reply_shape shape) {
  // What exists already is answered first: it must not depend on who exists or how many fit today.
  ask_log<std::optional<append_result>>(
      self(), where(), user_.id, read_created{user_.id, draft},
      [this, id, draft, shape](const outcome<std::optional<append_result>>& found) {
        if (phase_ != phase::identified) return;
        if (found.has_error()) return refuse(id, found.error());
        const auto& before = found.value();
        if (!before) return create_if_known(id, draft, shape);
        outcome<written> result = written{before->conversation, before->seq, before->at, true};
        if (before->what == append_result::status::conflicting)
          result = failure{errc::conflict, "this key was used for another group", {}};
        outstanding_write asked;
        asked.id = id;
        asked.shape = shape;
        answer_write(asked, result);
      });
}

void session_state::create_if_known(request_id id, shared_draft draft, reply_shape shape) {
  const auto most = setup_.shared->rules.group_members;
  if (!draft->creates_direct() && most != 0 && draft->members.size() > most)
    return refuse(id, {errc::too_large, "a group has at most " + std::to_string(most) + " members", {}});
  ask_log<std::vector<user_info>>(self(), where(), user_.id, read_known_users{draft->members},
                                  [this, id, draft, shape](const outcome<std::vector<user_info>>& known) {
                                    if (phase_ != phase::identified) return;
                                    if (known.has_error()) return refuse(id, known.error());
                                    if (known.value().size() != draft->members.size())
                                      return refuse(id, no_such_user());
                                    outstanding_write asked;
                                    asked.id = id;
                                    asked.conversation = setup_.shared->new_conversation_id();
                                    asked.what = draft;
                                    asked.shape = shape;
                                    asked.asked = now();
                                    if (const auto numbered = writes_.add(std::move(asked)))
                                      forward(*numbered);
                                    ensure_tick();
                                  });
}

}  // namespace parley
