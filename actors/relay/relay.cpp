#include "actors/relay/relay.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <utility>

#include "actors/contract/interfaces/routing.hpp"
#include "actors/contract/values/tracing.hpp"
#include "actors/log_reader/ask_log.hpp"

namespace parley {

namespace {
constexpr std::chrono::milliseconds revocation_interval{300};
constexpr int ticks_until_again = 10;
/// Between two messages to a node about presence.
constexpr std::chrono::milliseconds presences_interval{20};
// How long a reader may take for one session's question after a change of owners; they are spread so
// that the readers are not flooded.
constexpr std::chrono::microseconds question_time{200};
/// Of more sessions than this that one traced message reaches, one of so many is traced.
constexpr std::size_t traced_children_max = 128;
constexpr std::size_t traced_one_of = 16;
}  // namespace

relay_state::behavior_type relay_state::make_behavior(std::shared_ptr<const directory> where,
                                                      std::shared_ptr<const encoder> codec) {
  where_ = std::move(where);
  codec_ = std::move(codec);
  self()->delayed_send(relay_actor{self()}, revocation_interval, relay_tick{});
  return {
      // What comes most often stands first: CAF compares in this order.
      [this](const entries_published& news) { deliver(news); },
      [this](const conversation_answered& answer) { hand_to_session(answer); },
      [this](const register_session& request) { add(request); },
      [this](const session_identified& news) {
        if (const auto known = sessions_.find(news.session); known != sessions_.end())
          known->second.token = news.token;
      },
      [this](const subscribe_session& request) { subscribe(request); },
      [this](const unsubscribe_session& request) { forget_topic(request); },
      [this](const session_ended& news) { end(news.session); },
      [this](const topic_subscribed& news) { confirmed(news); },
      [this](const resend_wanted& wanted) { hand_to_session(wanted); },
      [this](const session_superseded& news) { hand_to_session(news); },
      [this](const signal_answered& answer) { hand_to_session(answer); },
      [this](const news_published& news) { deliver_news(news); },
      [this](const membership_changed& news) { tell_members(news); },
      [this](const memberships_missed&) { have_memberships_compared(); },
      [this](const tell_presence& wanted) { pass_on(wanted); },
      [this](const presences_changed& all) {
        for (const auto& news : all.news) tell_watchers(all.owner, news);
      },
      [this](const presences_due&) { send_presences(); },
      [this](const signal_sent& signal) { tell_user(signal); },
      [this](const rights_changed& news) { tell_user(news); },
      [this](const owners_changed& news) { change_owners(news); },
      [this](const history_replaced& news) {
        for (const auto& [id, session] : sessions_) caf::anon_send(session.handle, news);
      },
      [this](const state_again& wanted) { state_everything_again(wanted.owner); },
      [this](const relay_tick&) {
        self()->delayed_send(relay_actor{self()}, revocation_interval, relay_tick{});
        subscribe_late_ones_again();
        poll_revocations();
      },
      [this](const drain_sessions& wanted) { drain(wanted); },
      [this](const send_sessions_away& wanted) {
        for (const auto& [id, session] : sessions_)
          caf::anon_send(session.handle, drain_sessions{wanted.within});
      },
      [this](const count_sessions&) { return std::uint64_t{sessions_.size()}; },
      [this](const stop_actor&) { stop(); },
  };
}

void relay_state::subscribe(const subscribe_session& request) {
  const auto known = sessions_.find(request.session);
  if (known == sessions_.end()) return;
  auto& session = known->second;
  topics_ready ready;
  for (const auto& subject : request.topics) {
    auto [entry, fresh] = topics_.try_emplace(subject);
    auto& listeners = entry->second.sessions;
    if (std::ranges::find(listeners, request.session) == listeners.end()) {
      listeners.push_back(request.session);
      session.topics.push_back(subject);
    }
    if (entry->second.presence) caf::anon_send(session.handle, *entry->second.presence);
    if (entry->second.confirmed) {
      ready.topics.emplace_back(subject, 0);
      continue;
    }
    session.awaited.insert(subject);
    if (fresh) subscribe_node_to(subject);
  }
  if (!ready.topics.empty() || request.topics.empty()) caf::anon_send(session.handle, std::move(ready));
}

void relay_state::subscribe_node_to(const topic& subject) {
  unconfirmed_.insert(subject);
  send_to_owner(*where_, subscribe_node{{subject, {where_->node, {}}, {}}});
}

void relay_state::confirmed(const topic_subscribed& news) {
  const auto known = topics_.find(news.header.entity);
  if (known == topics_.end()) return;
  // An earlier owner's word comes late, and says nothing of what the present one will tell.
  if (news.owner != where_->ways.owner_of(shard_of(news.header.entity))) return;
  known->second.confirmed = true;
  // What its owner knows of a user comes by itself, and may be lost: until then it is asked again.
  if (news.header.entity.kind != topic_kind::presence || known->second.owner_spoke)
    unconfirmed_.erase(news.header.entity);
  // Told to everybody who listens, not only to those who wait: a head may reveal a hole.
  for (const auto id : known->second.sessions) {
    auto& session = sessions_.at(id);
    session.awaited.erase(news.header.entity);
    session.ready.emplace_back(news.header.entity, news.head);
    if (!session.awaited.empty()) continue;
    caf::anon_send(session.handle, topics_ready{std::exchange(session.ready, {})});
  }
}

void relay_state::end(session_id gone) {
  const auto known = sessions_.find(gone);
  if (known == sessions_.end()) return;
  for (const auto& subject : known->second.topics) leave(subject, gone);
  sessions_.erase(known);
}

void relay_state::leave(const topic& subject, session_id gone) {
  const auto known = topics_.find(subject);
  if (known == topics_.end()) return;
  auto& listeners = known->second.sessions;
  if (const auto place = std::ranges::find(listeners, gone); place != listeners.end()) {
    *place = listeners.back();
    listeners.pop_back();
  }
  if (!listeners.empty()) return;
  topics_.erase(known);
  unconfirmed_.erase(subject);
  send_to_owner(*where_, unsubscribe_node{{subject, {where_->node, gone}, {}}});
}

void relay_state::deliver(const entries_published& news) {
  const auto known = topics_.find(news.header.entity);
  if (known == topics_.end()) return;
  // Encoded once, and one message shared by all.
  auto header = news.header;
  auto encoded = encode(news, known->second.sessions.size());
  // Shared by all receivers: nobody but this one may write in it.
  header.trace = trace_from_here(header.trace);
  const bool is_traced = header.trace && is_tracing();
  const auto message = caf::make_message(entries_delivered{header, news.entries, encoded});
  if (!is_traced || known->second.sessions.size() <= traced_children_max)
    return send_to_all(known->second, message);
  header.trace = {};
  send_to_all(known->second, message,
              caf::make_message(entries_delivered{header, news.entries, std::move(encoded)}));
}

shared_run relay_state::encode(const entries_published& news, std::size_t sessions) const {
  span_under_way step{trace_from_here(news.header.trace), as_span_actor(), "encode"};
  std::vector<frame> frames;
  frames.reserve(news.entries->size());
  for (const auto& each : *news.entries) frames.push_back(codec_->encode_event(*each.entry));
  if (step) {
    std::size_t bytes = 0;
    for (const auto& each : frames) bytes += each->bytes.size();
    step.add("entries", static_cast<std::int64_t>(frames.size()));
    step.add("bytes", static_cast<std::int64_t>(bytes));
    step.add("sessions", static_cast<std::int64_t>(sessions));
    if (sessions > traced_children_max) {
      step.add("children", static_cast<std::int64_t>(sessions));
      const auto others = sessions - traced_children_max;
      step.add("traced", static_cast<std::int64_t>(traced_children_max + (others + 15) / traced_one_of));
    }
  }
  return run_of(std::move(frames));
}

void relay_state::send_to_all(const local_topic& of, const caf::message& traced,
                              const caf::message& others) const {
  for (std::size_t i = 0; i < of.sessions.size(); ++i) {
    const bool is_traced = i < traced_children_max || (i - traced_children_max) % traced_one_of == 0;
    const auto& handle = sessions_.at(of.sessions[i]).handle;
    caf::actor_cast<caf::actor>(handle)->eq_impl(caf::make_message_id(), nullptr, nullptr,
                                                 is_traced ? traced : others);
  }
}

void relay_state::send_to_all(const local_topic& of, const caf::message& message) const {
  for (const auto id : of.sessions) {
    const auto& handle = sessions_.at(id).handle;
    caf::actor_cast<caf::actor>(handle)->eq_impl(caf::make_message_id(), nullptr, nullptr, message);
  }
}

void relay_state::deliver_news(const news_published& news) {
  const auto known = topics_.find(news.header.entity);
  if (known == topics_.end()) return;
  auto encoded = std::visit([this](const auto& each) { return codec_->encode_event(each); }, *news.news);
  send_to_all(known->second, caf::make_message(news_delivered{news.header, news.news, std::move(encoded)}));
}

void relay_state::pass_on(const tell_presence& wanted) {
  for (const auto& node : wanted.nodes) {
    if (node == where_->node) {
      tell_watchers(node, wanted.news);
    } else {
      presences_.add(node, wanted.news);
    }
  }
  // Behind what is in the mailbox already, which leaves with it.
  if (!presences_.empty() && !std::exchange(presences_due_, true))
    self()->send(relay_actor{self()}, presences_due{});
}

void relay_state::send_presences() {
  auto all = presences_.take();
  presences_due_ = !all.empty();
  for (auto& [node, news] : all)
    send_to_node(*where_, node, presences_changed{where_->node, std::move(news)});
  if (presences_due_) self()->delayed_send(relay_actor{self()}, presences_interval, presences_due{});
}

void relay_state::tell_watchers(incarnation_id owner, const presence_changed& news) {
  const auto subject = presence_of(news.state.user);
  const auto known = topics_.find(subject);
  if (known == topics_.end() || owner != where_->ways.owner_of(shard_of(subject))) return;
  known->second.presence = std::make_unique<const presence_changed>(news);
  known->second.owner_spoke = true;
  if (known->second.confirmed) unconfirmed_.erase(subject);
  send_to_all(known->second, caf::make_message(news));
}

void relay_state::forget_topic(const unsubscribe_session& request) {
  const auto known = sessions_.find(request.session);
  if (known == sessions_.end()) return;
  auto& session = known->second;
  if (std::erase(session.topics, request.subject) == 0) return;
  leave(request.subject, request.session);
  if (session.awaited.erase(request.subject) > 0 && session.awaited.empty())
    caf::anon_send(session.handle, topics_ready{std::exchange(session.ready, {})});
}

template <class Message>
void relay_state::tell_user(const Message& news) {
  const auto known = topics_.find(news.header.entity);
  if (known != topics_.end()) send_to_all(known->second, caf::make_message(news));
}

void relay_state::tell_members(const membership_changed& news) const {
  const auto message = caf::make_message(news);
  for (const auto user : news.users)
    if (const auto known = topics_.find(topic_of(user)); known != topics_.end())
      send_to_all(known->second, message);
}

void relay_state::have_memberships_compared() const {
  for (const auto& [id, session] : sessions_) caf::anon_send(session.handle, memberships_missed{spread()});
}

std::chrono::milliseconds relay_state::spread() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(question_time *
                                                               static_cast<std::int64_t>(sessions_.size()));
}

template <class Message>
void relay_state::hand_to_session(const Message& message) {
  const auto known = sessions_.find(message.header.origin.session);
  if (known != sessions_.end()) caf::anon_send(known->second.handle, message);
}

void relay_state::change_owners(const owners_changed& news) {
  for (auto& [subject, local] : topics_) {
    if (!std::ranges::binary_search(*news.shards, shard_of(subject))) continue;
    local.confirmed = false;
    local.owner_spoke = false;
    subscribe_node_to(subject);
  }
  for (const auto& [id, session] : sessions_)
    caf::anon_send(session.handle, owners_changed{news.shards, spread()});
}

void relay_state::state_everything_again(incarnation_id owner) {
  auto shards = std::make_shared<std::vector<shard_index>>();
  for (std::int32_t i = 0; i < shard_count; ++i)
    if (where_->ways.owner_of({i}) == owner) shards->push_back({i});
  if (!shards->empty()) change_owners({std::move(shards)});
}

void relay_state::subscribe_late_ones_again() {
  // A subscription can meet a shard that is just being handed over. Rare, and nobody is told of it.
  if (++ticks_ % ticks_until_again != 0) return;
  for (const auto& subject : unconfirmed_)
    send_to_owner(*where_, subscribe_node{{subject, {where_->node, {}}, {}}});
}

void relay_state::poll_revocations() {
  if (sessions_.empty()) return;
  ask_log<std::vector<token_id>>(
      self(), *where_, where_->node, read_revocations{},
      [this](const outcome<std::vector<token_id>>& revoked) {
        // Asked again soon: the last 10 s are read each time.
        if (revoked.has_error()) return;
        for (const auto& [id, session] : sessions_)
          if (std::ranges::find(revoked.value(), session.token) != revoked.value().end())
            caf::anon_send(session.handle, token_revoked{session.token});
      });
}

void relay_state::add(const register_session& request) {
  sessions_[request.session].handle = request.handle;
  // It began before the door was closed, and comes here only now.
  if (draining_) caf::anon_send(request.handle, *draining_);
}

void relay_state::drain(const drain_sessions& wanted) {
  draining_ = wanted;
  for (const auto& [id, session] : sessions_) caf::anon_send(session.handle, wanted);
}

void relay_state::end_all_sessions() {
  for (const auto& [id, session] : sessions_) caf::anon_send(session.handle, stop_actor{});
}

void relay_state::stop() {
  end_all_sessions();
  self()->quit();
}

relay_actor::behavior_type relay(relay_state::self_pointer self, std::shared_ptr<const directory> where,
                                 std::shared_ptr<const encoder> codec) {
  return self->state.make_behavior(std::move(where), std::move(codec));
}

}  // namespace parley
