#include <algorithm>
#include <caf/all.hpp>
#include <utility>

#include "actors/contract/interfaces/routing.hpp"
#include "actors/log_reader/ask_log.hpp"
#include "actors/session/session.hpp"

// People beside conversations: who is there, who is blocked, signals between devices; and search.
namespace parley {

namespace {
/// Joins and leaves come in bunches; who may be watched is looked at once for all of them.
constexpr std::chrono::milliseconds presence_check_delay{200};
}  // namespace

void session_state::watch_presence(const client_request& request, const request::watch_presence& wanted) {
  if (request.defect) return refuse(request.id, *request.defect);
  if (!watch_.has_room_for(wanted.users))
    return refuse(request.id, {errc::too_large, "a connection watches at most 2000 users", {}});
  watch_.add(wanted.users);
  ask_log<std::vector<presence_record>>(
      self(), where(), user_.id, read_visible_presence{user_.id, wanted.users},
      [this, id = request.id, users = wanted.users](const outcome<std::vector<presence_record>>& visible) {
        if (phase_ != phase::identified) return;
        if (visible.has_error()) return refuse(id, visible.error());
        follow(watch_.may_see(users, visible.value()));
        watch_requests_.push_back({id, users, now()});
        answer_watch_requests();
        if (!watch_requests_.empty()) ensure_tick();
      });
}

void session_state::unwatch_presence(const client_request& request, const request::unwatch_presence& wanted) {
  if (request.defect) return refuse(request.id, *request.defect);
  for (const auto user : watch_.remove(wanted.users)) unsubscribe(presence_of(user));
  // Of whom it waited for only to hear of these, nobody will speak any more.
  answer_watch_requests();
  reply(request.id, reply::presence_states{});
}

void session_state::follow(const std::vector<user_id>& users) {
  std::vector<topic> topics;
  for (const auto user : users) topics.push_back(presence_of(user));
  if (!topics.empty()) subscribe(std::move(topics));
}

void session_state::answer_watch_requests() {
  std::erase_if(watch_requests_, [this](const watch_request& asked) {
    reply::presence_states answer;
    for (const auto user : asked.users) {
      const auto state = watch_.state_of(user);
      if (!state) return false;
      answer.states.push_back(*state);
    }
    for (const auto& state : answer.states) watch_.told(state);
    reply(asked.id, client_reply{std::move(answer)});
    return true;
  });
}

void session_state::presence_has_changed(const presence_changed& news) {
  if (phase_ != phase::identified) return;
  watch_.heard(news.state, news.settled);
  answer_watch_requests();
  tell_presence();
}

void session_state::tell_presence() {
  if (outbox_full_) return;
  for (const auto& state : watch_.news()) {
    if (setup_.out->push_event(setup_.shared->codec->encode_event(event::presence{state})) !=
        outbox::admission::accepted) {
      // Compared again once there is room.
      outbox_full_ = true;
      return;
    }
    watch_.told(state);
  }
}

void session_state::look_at_rights_soon() {
  if (watch_.empty() || std::exchange(presence_check_due_, true)) return;
  self()->delayed_send(session_actor{self()}, presence_check_delay, presence_check_due{});
}

void session_state::look_at_rights() {
  presence_check_due_ = false;
  if (phase_ != phase::identified || watch_.empty()) return;
  auto users = watch_.all();
  ask_log<std::vector<presence_record>>(self(), where(), user_.id, read_visible_presence{user_.id, users},
                                        [this, users](const outcome<std::vector<presence_record>>& visible) {
                                          if (phase_ != phase::identified) return;
                                          if (visible.has_error()) return look_at_rights_soon();
                                          follow(watch_.may_see(users, visible.value()));
                                          answer_watch_requests();
                                          tell_presence();
                                        });
}

void session_state::change_block_of(const client_request& request, user_id user, bool blocks) {
  if (request.defect) return refuse(request.id, *request.defect);
  if (!user) return refuse(request.id, no_such_user());
  if (user == user_.id) return refuse(request.id, {errc::bad_request, "nobody blocks themselves", {}});
  ++blocks_under_way_;
  ask_log<conversation_id>(self(), where(), user_.id, change_block{user_.id, user, blocks},
                           [this, id = request.id, user](const outcome<conversation_id>& direct) {
                             --blocks_under_way_;
                             block_was_stored(id, user, direct);
                             if (has_ended_) end();
                           });
}

void session_state::block_was_stored(request_id id, user_id user, const outcome<conversation_id>& direct) {
  if (direct.has_error()) {
    if (phase_ == phase::identified) refuse(id, direct.error());
    return;
  }
  send_to_all_nodes(where(), rights_changed{{topic_of(user), own_address(), {}}});
  // Whoever makes a conversation of the two from now on finds the block.
  if (!direct.value()) {
    if (phase_ == phase::identified) reply(id, reply::nothing{});
    return;
  }
  // Answered when the conversation's owner knows, so that whatever is written after the answer meets the
  // block. Also said when nobody waits for the answer any more.
  outstanding_write asked;
  asked.id = id;
  asked.conversation = direct.value();
  asked.what = look_at_blocks{};
  asked.shape = reply_shape::blocks_changed;
  asked.asked = now();
  if (const auto numbered = writes_.add(std::move(asked))) forward(*numbered);
  ensure_tick();
}

void session_state::list_blocked(const client_request& request) {
  if (request.defect) return refuse(request.id, *request.defect);
  ask_log<std::vector<user_id>>(self(), where(), user_.id, read_blocked{user_.id},
                                [this, id = request.id](outcome<std::vector<user_id>> list) {
                                  if (phase_ != phase::identified) return;
                                  if (list.has_error()) return refuse(id, list.error());
                                  reply(id, reply::blocked_users{std::move(list.value())});
                                });
}

void session_state::signal(const client_request& request, const request::signal& wanted) {
  // Who one may not address is looked at first, so that a mistake tells a stranger nothing.
  if (!wanted.user) return refuse(request.id, no_such_user());
  ask_log<bool>(
      self(), where(), user_.id, read_may_signal{user_.id, wanted.user},
      [this, id = request.id, defect = request.defect, to = wanted.user,
       payload = std::make_shared<const std::string>(wanted.payload)](const outcome<bool>& may) {
        if (phase_ != phase::identified) return;
        if (may.has_error()) return refuse(id, may.error());
        if (defect) return refuse(id, *defect);
        const signal_sent message{{topic_of(to), own_address(), {}}, user_.id, id, payload};
        send_signal(signals_.emplace(id, waiting_signal{now(), message, false}).first->second);
        ensure_tick();
      });
}

void session_state::send_signal(waiting_signal& signal) {
  // Without an owner nobody has it yet.
  signal.is_under_way = bool(where().ways.owner_of(shard_of(signal.message.header.entity)));
  send_to_owner(where(), signal.message);
}

void session_state::signal_was_answered(const signal_answered& answer) {
  if (phase_ != phase::identified) return;
  const auto waiting = signals_.find(answer.request);
  if (waiting == signals_.end()) return;
  if (!answer.was_taken) {
    // The user is moving to another node; that one is known when the session ticks.
    waiting->second.is_under_way = false;
    return;
  }
  signals_.erase(waiting);
  reply(answer.request, reply::signalled{answer.devices});
}

void session_state::take_signal(const signal_sent& news) {
  if (phase_ != phase::identified || news.header.origin == own_address()) return;
  setup_.out->push_event(setup_.shared->codec->encode_event(event::signal{news.from, *news.payload}));
}

void session_state::search(const client_request& request, const request::search& wanted) {
  if (wanted.conversation && !*wanted.conversation) return refuse(request.id, no_such_conversation());
  if (request.defect) {
    if (!wanted.conversation) return refuse(request.id, *request.defect);
    ask_log<bool>(self(), where(), *wanted.conversation, read_membership{user_.id, *wanted.conversation},
                  [this, id = request.id, defect = *request.defect](const outcome<bool>& member) {
                    if (phase_ != phase::identified) return;
                    if (member.has_error()) return refuse(id, member.error());
                    refuse(id, member.value() ? defect : no_such_conversation());
                  });
    return;
  }
  ask_log<reply::entries_found>(self(), where(), user_.id, read_search{user_.id, wanted},
                                [this, id = request.id](outcome<reply::entries_found> found) {
                                  if (phase_ != phase::identified) return;
                                  if (found.has_error()) return refuse(id, found.error());
                                  reply(id, client_reply{std::move(found.value())});
                                });
}

void session_state::give_up_on_people() {
  const auto late = now() - setup_.shared->rules.request_timeout;
  const failure why{errc::unavailable, "there was no answer in time; try again", {}};
  std::erase_if(signals_, [&](const auto& asked) {
    if (asked.second.asked > late) return false;
    refuse(asked.first, why);
    return true;
  });
  std::erase_if(watch_requests_, [&](const watch_request& asked) {
    if (asked.asked > late) return false;
    refuse(asked.id, why);
    return true;
  });
}

}  // namespace parley
