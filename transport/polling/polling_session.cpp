#include "transport/polling/polling_session.hpp"

#include <algorithm>

namespace parley {

namespace {
constexpr std::chrono::milliseconds busy_pause{1'000};
}  // namespace

// As an outbox.

outbox::admission polling_session::push_event(frame event) {
  std::optional<waiting_call> told;
  std::string body;
  {
    const std::scoped_lock lock{mutex_};
    if (state_ != state::open) return admission::closed;
    if (!log_.push(std::move(event))) {
      counters.events_dropped.add();
      return admission::full;
    }
    told = std::exchange(waiting_, std::nullopt);
    if (told) {
      body = log_.give(told->after);
      was_called();
    }
  }
  if (told) told->respond(std::move(body));
  return admission::accepted;
}

void polling_session::push_reply(frame reply) {
  const auto ordinal = id_of_reply(reply->payload());
  if (!ordinal) return;
  std::shared_ptr<ops_call> finished;
  {
    const std::scoped_lock lock{mutex_};
    const auto found = unanswered_.find(*ordinal);
    if (found == unanswered_.end()) return;
    const auto asked = found->second;
    unanswered_bytes_ -= asked.bytes;
    unanswered_.erase(found);
    // Whoever has waited too long was told so already.
    const auto at = std::find(calls_.begin(), calls_.end(), asked.call);
    if (at == calls_.end()) return;
    asked.call->slots[asked.slot].reply = std::move(reply);
    if (--asked.call->open > 0) return;
    finished = asked.call;
    calls_.erase(at);
    was_called();
  }
  answer({finished});
}

void polling_session::close(close_code code, std::string reason) {
  std::optional<waiting_call> told;
  finished_calls calls;
  failure why;
  {
    const std::scoped_lock lock{mutex_};
    if (state_ != state::open) return;
    state_ = state::closed;
    counters.closed.add(code);
    code_ = code;
    reason_ = std::move(reason);
    calls = take_calls(clock::time_point::max());
    told = std::exchange(waiting_, std::nullopt);
    if (told) {
      why = why_ended();
      state_ = state::over;
    }
  }
  answer(calls);
  if (told) told->respond(why);
  tell_closed();
}

// As the other side of HTTP calls.

void polling_session::belongs_to(std::shared_ptr<session_inbox> session) {
  if (!session) return close(close_code::restart, "the node stops: connect again");
  {
    const std::scoped_lock lock{session_mutex_};
    session_ = std::move(session);
    counted_.is(1);
    const std::scoped_lock also{mutex_};
    if (state_ == state::open) return;
  }
  // It ended before we knew it.
  tell_closed();
}

void polling_session::ask(ops_body ops, polling_answer respond) {
  std::optional<failure> refused;
  // Held until all are handed over: two calls at once do not mix.
  const std::scoped_lock order{session_mutex_};
  std::shared_ptr<ops_call> call;
  {
    const std::scoped_lock lock{mutex_};
    was_called();
    if (state_ != state::open) {
      refused = why_ended();
      state_ = state::over;
    } else {
      refused = no_room_for(ops);
    }
    if (!refused && !ops.requests.empty()) call = keep(ops, respond);
  }
  if (refused) return respond(*refused);
  if (!call) return respond(std::string{"[]"});
  hand_over(std::move(ops.requests));
}

void polling_session::events(std::uint64_t after, std::chrono::milliseconds wait, polling_answer respond) {
  std::optional<waiting_call> older;
  std::optional<outcome<std::string>> answered;
  bool drained = false;
  {
    const std::scoped_lock lock{mutex_};
    was_called();
    if (state_ != state::open) {
      answered = why_ended();
      state_ = state::over;
    } else if (after > log_.given()) {
      answered = failure{
          errc::bad_request,
          "'after' is above every event that was given; the newest is " + std::to_string(log_.given()),
          {}};
    } else {
      older = std::exchange(waiting_, std::nullopt);
      drained = log_.acknowledge(after);
      if (!log_.empty() || wait.count() == 0)
        answered = log_.give(after);
      else
        waiting_ = waiting_call{after, clock::now() + wait, respond};
    }
  }
  if (older) older->respond(event_log{0}.give(older->after));
  if (answered) respond(std::move(*answered));
  if (drained) tell_drained();
}

bool polling_session::look(clock::time_point now) {
  std::optional<waiting_call> told;
  std::string body;
  finished_calls calls;
  bool is_idle = false;
  {
    const std::scoped_lock lock{mutex_};
    calls = take_calls(now);
    if (waiting_ && waiting_->until <= now) {
      told = std::exchange(waiting_, std::nullopt);
      body = log_.give(told->after);
    }
    if (told || !calls.empty()) last_call_ = now;
    is_idle = !waiting_ && calls_.empty() && now - last_call_ >= idle_timeout_;
  }
  answer(calls);
  if (told) told->respond(std::move(body));
  if (is_idle) end();
  return is_over();
}

void polling_session::end() {
  close(close_code::going_away, "it was ended");
  const std::scoped_lock lock{mutex_};
  state_ = state::over;
}

bool polling_session::is_of(std::string_view token) const {
  if (token.size() != token_.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < token.size(); ++i) difference |= static_cast<unsigned>(token[i] ^ token_[i]);
  return difference == 0;
}

bool polling_session::is_over() const {
  const std::scoped_lock lock{mutex_};
  return state_ == state::over;
}

failure polling_session::why_ended() const {
  if (code_ == close_code::token_refused) return {errc::unauthenticated, reason_, {}};
  return {errc::not_found, "the session has ended: " + reason_, {}};
}

std::optional<failure> polling_session::no_room_for(const ops_body& ops) const {
  std::size_t bytes = 0;
  for (const auto& each : ops.requests) bytes += each.bytes;
  const bool fits = unanswered_.size() + ops.requests.size() <= rules_.unanswered_requests &&
                    (unanswered_.empty() || unanswered_bytes_ + bytes <= rules_.unanswered_bytes);
  if (fits) return std::nullopt;
  return failure{errc::rate_limited, "too many requests of this session are unanswered: wait for the answers",
                 busy_pause};
}

std::shared_ptr<ops_call> polling_session::keep(const ops_body& ops, polling_answer respond) {
  const auto call = std::make_shared<ops_call>();
  call->is_array = ops.is_array;
  call->open = ops.requests.size();
  call->respond = std::move(respond);
  call->deadline = clock::now() + rules_.request_timeout + answer_grace;
  auto ordinal = static_cast<request_id>(requests_read_.load());
  for (const auto& each : ops.requests) {
    unanswered_[++ordinal] = {call, call->slots.size(), each.bytes};
    unanswered_bytes_ += each.bytes;
    call->slots.push_back({each.id, nullptr});
  }
  calls_.push_back(call);
  return call;
}

polling_session::finished_calls polling_session::take_calls(clock::time_point due) {
  finished_calls taken;
  std::erase_if(calls_, [&](const auto& call) {
    if (call->deadline > due) return false;
    taken.push_back(call);
    return true;
  });
  return taken;
}

void polling_session::answer(const finished_calls& calls) {
  for (const auto& call : calls) call->respond(call->body());
}

void polling_session::hand_over(std::vector<client_request> requests) {
  is_asking_ = true;
  auto ordinal = requests_read_.fetch_add(requests.size(), std::memory_order_acq_rel);
  for (auto& each : requests) {
    // Numbered anew: a client may use a number twice at once, and each answer still finds its call.
    each.ordinal = ++ordinal;
    each.id = static_cast<request_id>(each.ordinal);
  }
  if (session_ && !requests.empty()) session_->receive(std::move(requests));
  is_asking_ = false;
  bool ended = false;
  {
    const std::scoped_lock lock{mutex_};
    ended = state_ != state::open;
  }
  if (ended) tell_closed();
}

void polling_session::tell_drained() {
  const std::scoped_lock order{session_mutex_};
  if (session_) session_->drained();
}

void polling_session::tell_closed() {
  const std::scoped_lock order{session_mutex_};
  if (is_asking_) return;
  if (const auto session = std::exchange(session_, nullptr)) {
    counted_.is(0);
    session->closed();
  }
}

}  // namespace parley
