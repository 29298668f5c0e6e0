#include "actors/session/session.hpp"

#include <caf/all.hpp>
#include <utility>

#include "actors/contract/interfaces/routing.hpp"
#include "actors/contract/values/error_id.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "actors/contract/values/tracing.hpp"
#include "actors/log_reader/ask_log.hpp"

namespace parley {

namespace {
constexpr std::chrono::seconds tick_interval{1};
constexpr std::chrono::seconds resend_after{3};
constexpr const char* node_stops = "the node stops: connect again";
constexpr const char* database_restored = "the database was restored: connect again";
}  // namespace

session_state::behavior_type session_state::make_behavior(session_setup setup) {
  setup_ = std::move(setup);
  stands_for(setup_.id);
  const auto& shared = *setup_.shared;
  sends_ = token_bucket(shared.rules.sends_per_second, shared.rules.sends_burst);
  caf::anon_send(where().relay, register_session{setup_.id, session_actor{self()}});
  setup_.out->push_event(
      shared.codec->encode_event(event::hello{shared.node_name, shared.epoch(), shared.rules}));
  self()->delayed_send(session_actor{self()}, shared.rules.identify_timeout, identify_due{});
  return {
      // What comes most often stands first: CAF compares in this order.
      [this](const entries_delivered& news) { deliver(news); },
      [this](requests_received& news) {
        for (auto& each : news.requests) receive(std::move(each));
      },
      [this](const conversation_answered& answer) { write_was_answered(answer); },
      [this](const outbox_drained&) { drained(); },
      [this](const connection_closed&) { end(); },
      [this](const resend_wanted& wanted) { send_again(wanted.conversation, wanted.line); },
      [this](const topics_ready& ready) { topics_are_ready(ready); },
      [this](const news_delivered& news) { deliver_news(news); },
      [this](const presence_changed& news) { presence_has_changed(news); },
      [this](const signal_sent& news) { take_signal(news); },
      [this](const signal_answered& answer) { signal_was_answered(answer); },
      [this](const session_superseded& news) {
        end_connection(news.why, news.why == close_code::device_replaced
                                     ? "the same device connected again"
                                     : "too many devices: the oldest connection ends");
      },
      [this](const presence_check_due&) { look_at_rights(); },
      [this](const rights_changed&) { look_at_rights(); },
      [this](const membership_changed& news) { joined(news.conversation); },
      [this](const memberships_missed& news) { memberships_were_missed(news); },
      [this](const owners_changed& news) { owners_have_changed(news); },
      [this](const token_revoked& news) {
        if (phase_ == phase::identified && news.token == token_)
          end_connection(close_code::token_refused, "the token was revoked: sign in again");
      },
      [this](const logout_finished& finished) { logged_out(finished); },
      [this](const session_tick&) { tick(); },
      [this](const identify_due&) {
        if (phase_ == phase::stranger) end_connection(close_code::no_identify, "no identify in time");
      },
      [this](const drain_sessions& wanted) { drain(wanted); },
      [this](const everything_answered&) { end_if_answered(); },
      [this](const history_replaced&) { end_connection(close_code::restart, database_restored); },
      [this](const stop_actor&) { end_connection(close_code::restart, node_stops); },
  };
}

void session_state::receive(client_request request) {
  // What comes after "come back" is lost with the connection, and asked again on the next one.
  if (draining_) return;
  counters.requests.add(request);
  if (phase_ != phase::ended) ++unanswered_;
  switch (phase_) {
    case phase::ended:
      return;
    case phase::identifying:
      before_identified_.push_back(std::move(request));
      return;
    case phase::identified:
      if (is_tracing()) begin_trace(request);
      dispatch(request);
      return;
    case phase::stranger:
      break;
  }
  if (std::holds_alternative<request::identify>(request.op)) return identify(request);
  refuse(request.id, {errc::unauthenticated, "the first request must be identify", {}});
}

void session_state::dispatch(const client_request& request) {
  dispatched_ = request.ordinal;
  struct visitor {
    session_state& self;
    const client_request& request;
    void operator()(const request::unsupported& op) const {
      self.refuse(request.id,
                  request.defect.value_or(
                      failure{errc::unsupported, "this server does not know the op '" + op.op + "'", {}}));
    }
    void operator()(const request::identify&) const {
      self.refuse(request.id, {errc::conflict, "this connection is identified already", {}});
    }
    void operator()(const request::ping&) const {
      ask_log<timestamp_ms>(self.self(), self.where(), self.user_.id, read_now{},
                            [session = &self, id = request.id](const outcome<timestamp_ms>& at) {
                              if (at.has_error()) return session->refuse(id, at.error());
                              session->reply(id, reply::pong{at.value()});
                            });
    }
    void operator()(const request::sync& wanted) const { self.sync(request, wanted); }
    void operator()(const request::members& wanted) const {
      self.read_in_order(request, wanted.conversation);
    }
    void operator()(const request::history& wanted) const {
      self.read_in_order(request, wanted.conversation);
    }
    void operator()(const request::write& wanted) const { self.write(request, wanted); }
    void operator()(const request::mark_read& wanted) const {
      self.ask_in_order(request, wanted.conversation);
    }
    void operator()(const request::typing& wanted) const { self.ask_in_order(request, wanted.conversation); }
    void operator()(const request::watch_presence& wanted) const { self.watch_presence(request, wanted); }
    void operator()(const request::unwatch_presence& wanted) const { self.unwatch_presence(request, wanted); }
    void operator()(const request::search& wanted) const { self.search(request, wanted); }
    void operator()(const request::block& wanted) const { self.change_block_of(request, wanted.user, true); }
    void operator()(const request::unblock& wanted) const {
      self.change_block_of(request, wanted.user, false);
    }
    void operator()(const request::blocked&) const { self.list_blocked(request); }
    void operator()(const request::signal& wanted) const { self.signal(request, wanted); }
    void operator()(const request::open_direct& wanted) const { self.open_direct(request, wanted); }
    void operator()(const request::create_group& wanted) const { self.create_group(request, wanted); }
    void operator()(const request::find_users& wanted) const { self.find_users(request, wanted); }
    void operator()(const request::logout&) const { self.log_out(request); }
  };
  std::visit(visitor{*this, request}, request.op);
}

void session_state::identify(const client_request& request) {
  if (request.defect) return refuse_identify(request.id, *request.defect);
  if (const auto wait = setup_.shared->door->take(now()))
    return refuse_identify(request.id,
                           {errc::overloaded, "many sign in at this moment; come back later", wait});
  phase_ = phase::identifying;
  token_text_ = std::get<request::identify>(request.op).token;
  device_ = std::get<request::identify>(request.op).device.value_or("");
  ask_log<token_holder>(
      self(), where(), setup_.id, read_token{token_text_},
      [this, id = request.id](const outcome<token_holder>& holder) { identified(id, holder); });
}

void session_state::identified(request_id id, const outcome<token_holder>& holder) {
  if (phase_ != phase::identifying) return;
  if (holder.has_error()) return refuse_identify(id, holder.error());
  phase_ = phase::identified;
  user_ = holder.value().user;
  token_ = holder.value().token;
  self()->shown().person.store(user_.id.value, std::memory_order_relaxed);
  is_called(user_.name);
  counters.identifies.add_ok();
  caf::anon_send(where().relay, session_identified{setup_.id, token_});
  reply(id, reply::identified{user_, setup_.id, setup_.shared->node_name});
  // First the user's own topic, then the list: nobody who becomes a member in between is missed.
  subscribe({topic_of(user_.id)});
  for (auto waiting = std::exchange(before_identified_, {}); const auto& request : waiting) dispatch(request);
}

void session_state::refuse_identify(request_id id, failure problem) {
  counters.identifies.add(problem.code);
  log(severity::debug, "identify_refused", problem.message,
      {{"session", to_text(setup_.id)}, {"code", std::string(to_text(problem.code))}});
  const bool temporary = is_temporary(problem.code);
  if (temporary && !problem.retry_after) problem.retry_after = std::chrono::milliseconds{1'000};
  refuse(id, problem);
  if (temporary) return end_connection(close_code::come_back_later, "come back later");
  end_connection(close_code::token_refused, "identify was refused: sign in again");
}

void session_state::log_out(const client_request& request) {
  const session_actor handle{self()};
  setup_.shared->people->revoke_token(token_text_, [handle, id = request.id](const outcome<user_info>& done) {
    std::optional<failure> problem;
    if (done.has_error() && done.error().code != errc::unauthenticated) problem = done.error();
    caf::anon_send(handle, logout_finished{id, problem});
  });
}

void session_state::logged_out(const logout_finished& finished) {
  if (phase_ == phase::ended) return;
  if (finished.problem) return refuse(finished.id, *finished.problem);
  reply(finished.id, reply::nothing{});
  end_connection(close_code::token_refused, "signed out");
}

void session_state::ensure_tick() {
  if (ticking_) return;
  ticking_ = true;
  self()->delayed_send(session_actor{self()}, tick_interval, session_tick{});
}

void session_state::tick() {
  // Runs only while something waits: an idle session costs no timer.
  ticking_ = false;
  if (phase_ == phase::ended) return;
  const auto at = now();
  const auto& rules = setup_.shared->rules;
  for (const auto conversation : writes_.asked_before(at - rules.request_timeout))
    refuse_line(conversation, writes_.take_all(conversation),
                {errc::unavailable, "the outcome is not known: repeat with the same key", {}});
  for (const auto conversation : writes_.sent_before(at - resend_after))
    send_again(conversation, std::nullopt);
  give_up_on_people();
  for (auto& [id, signal] : signals_)
    if (!signal.is_under_way) send_signal(signal);
  if (std::exchange(compare_on_tick_, false)) compare_heads();
  if (std::exchange(mend_on_tick_, false)) mend();
  if (!writes_.empty() || !signals_.empty() || !watch_requests_.empty() || mend_on_tick_ || compare_on_tick_)
    ensure_tick();
}

void session_state::end_connection(close_code code, std::string reason) {
  if (phase_ == phase::ended) return;
  phase_ = phase::ended;
  setup_.out->close(code, std::move(reason));
}

void session_state::end() {
  phase_ = phase::ended;
  if (!std::exchange(has_ended_, true)) {
    caf::anon_send(where().relay, session_ended{setup_.id});
    if (user_.id) send_to_owner(where(), session_closed{{topic_of(user_.id), own_address(), {}}});
  }
  // A block that has just been stored is still told to who has to know.
  if (blocks_under_way_ == 0) self()->quit();
}

void session_state::drain(const drain_sessions& wanted) {
  if (phase_ == phase::stranger || phase_ == phase::identifying)
    return end_connection(close_code::restart, node_stops);
  if (phase_ == phase::ended || draining_) return;
  draining_ = true;
  setup_.out->push_event(setup_.shared->codec->encode_event(event::reconnect{wanted.retry_after}));
  end_if_answered();
}

void session_state::end_if_answered() {
  if (draining_ && unanswered_ == 0) end_connection(close_code::restart, node_stops);
}

void session_state::reply(request_id id, const client_reply& content) {
  answer(setup_.shared->codec->encode_reply(id, content));
}

void session_state::refuse(request_id id, const failure& problem) {
  note_refusal();
  counters.refusals.add(problem.code);
  answer(setup_.shared->codec->encode_refusal(
      id,
      problem.code == errc::internal ? with_error_id(problem, {{"session", to_text(setup_.id)}}) : problem));
}

void session_state::answer(frame encoded) {
  setup_.out->push_reply(std::move(encoded));
  if (unanswered_ > 0) --unanswered_;
  // By a message: whoever answers may have more to do first.
  if (draining_ && unanswered_ == 0) caf::anon_send(session_actor{self()}, everything_answered{});
}

session_actor::behavior_type session(session_state::self_pointer self, session_setup setup) {
  return self->state.make_behavior(std::move(setup));
}

}  // namespace parley
