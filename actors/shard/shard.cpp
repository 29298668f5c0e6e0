#include "actors/shard/shard.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <utility>

#include "actors/contract/interfaces/routing.hpp"
#include "actors/contract/values/tracing.hpp"
#include "actors/conversation/conversation.hpp"
#include "actors/log_reader/ask_log.hpp"
#include "actors/user/user.hpp"

namespace parley {

namespace {
constexpr std::chrono::seconds tick_interval{30};
/// Users come back within this time after their node died; until then nobody is called offline.
constexpr std::chrono::seconds presence_settles_after{15};
/// Over how long those are spread who go with a node, so that a few of them at a time are stored and told.
constexpr std::chrono::milliseconds presence_turns{5'000};
}  // namespace

shard_state::behavior_type shard_state::make_behavior(shard_setup setup) {
  setup_ = std::move(setup);
  lies_in(setup_.index);
  self()->set_down_handler([this](const caf::down_msg& down) { forget(down.source); });
  return {
      [this](const ask_conversation& request) { forward(request); },
      [this](const subscribe_node& request) { subscribe(request); },
      [this](const unsubscribe_node& request) { unsubscribe(request); },
      [this](const entries_published& published) { publish(published); },
      [this](const news_published& news) { tell_subscribers(news); },
      [this](const session_opened& news) { tell_user(news); },
      [this](const session_closed& news) { tell_live_user(news); },
      [this](const signal_sent& signal) { pass_on(signal); },
      [this](const user_sleep_wanted& wanted) { let_user_sleep(wanted); },
      [this](const sleep_wanted& wanted) { let_sleep(wanted); },
      [this](const shard_taken& taken) { take(taken); },
      [this](const shard_gone&) { lose(); },
      [this](const node_forgotten& news) { forget_node(news); },
      [this](const shard_tick&) { tick(); },
      [this](const stop_actor&) {
        lose();
        self()->quit();
      },
  };
}

void shard_state::forward(const ask_conversation& request) {
  // Not held: the session sends again when it is, and gives up by itself.
  if (incarnation_ == 0) return;
  const auto id = request.conversation;
  if (const auto live = conversations_.find(id); live != conversations_.end())
    return send_to(live->second, request);
  if (const auto waiting = loading_.find(id); waiting != loading_.end()) {
    if (waiting->second.size() >= setup_.waiting_max)
      return refuse(request, {errc::overloaded, "too many requests wait for this conversation", {}});
    keep_until_loaded(waiting->second, request);
    return;
  }
  if (conversations_.size() + loading_.size() >= setup_.conversations_max)
    return refuse(request, {errc::overloaded, "too many conversations are live", {}});
  // Also before a `create`: sent again, it may find its conversation there already.
  keep_until_loaded(loading_[id], request);
  load(id);
}

void shard_state::keep_until_loaded(std::deque<ask_conversation>& waiting, const ask_conversation& request) {
  waiting.push_back(request);
  auto& trace = waiting.back().header.trace;
  trace = trace_from_here(trace);
}

void shard_state::send_to(live_conversation& live, const ask_conversation& request) {
  ++live.forwarded;
  live.last_used = self()->clock().now();
  caf::anon_send(live.actor, request);
}

shard_state::live_conversation& shard_state::start(conversation_id id,
                                                   std::optional<conversation_record> record) {
  auto actor = self()->spawn(conversation, conversation_setup{id, std::move(record), setup_.where,
                                                              incarnation_, setup_.members_max});
  self()->monitor(actor);
  return conversations_.insert_or_assign(id, live_conversation{std::move(actor), 0, self()->clock().now()})
      .first->second;
}

void shard_state::load(conversation_id id) {
  // An id without a row starts no actor.
  auto done = [this, id, asked = incarnation_](outcome<conversation_record> record) {
    if (asked == incarnation_) loaded(id, std::move(record));
  };
  ask_log<conversation_record>(self(), *setup_.where, id, read_conversation{id}, done);
}

void shard_state::loaded(conversation_id id, outcome<conversation_record> record) {
  const auto found = loading_.find(id);
  if (found == loading_.end()) return;
  auto waiting = std::move(found->second);
  loading_.erase(found);
  for (auto& request : waiting) {
    auto& trace = request.header.trace;
    // All of it was waiting for the log.
    trace = record_span(trace, as_span_actor(), "load_conversation", trace.at_ns, trace_clock_ns());
  }
  const auto creates = [](const ask_conversation& request) {
    const auto* draft = std::get_if<shared_draft>(&request.what);
    return draft != nullptr && (*draft)->kind == entry_kind::create;
  };
  if (record.has_error()) {
    const auto& problem = record.error();
    if (problem.code == errc::not_found && std::ranges::any_of(waiting, creates)) {
      auto& live = start(id, std::nullopt);
      for (const auto& request : waiting) send_to(live, request);
      return;
    }
    for (const auto& request : waiting)
      refuse(request, problem.code == errc::not_found ? no_such_conversation() : problem);
    return;
  }
  announce(id, record.value().head);
  auto& live = start(id, std::move(record.value()));
  for (const auto& request : waiting) send_to(live, request);
}

void shard_state::announce(conversation_id id, sequence head) {
  // An earlier life of the conversation may have committed what it could not publish any more.
  heads_.written(id, head);
  const auto nodes = subscribers_.find(topic_of(id));
  if (nodes == subscribers_.end()) return;
  for (const auto& node : nodes->second)
    send_to_node(*setup_.where, node,
                 topic_subscribed{{topic_of(id), {node, {}}, {}}, head, setup_.where->node});
}

void shard_state::refuse(const ask_conversation& request, const failure& why) const {
  note_refusal();
  send_to_node(
      *setup_.where, request.header.origin.node,
      conversation_answered{request.header, request.conversation, request.line, request.number, why});
}

void shard_state::subscribe(const subscribe_node& request) {
  // Not held: whoever subscribes does so again when somebody holds it.
  if (incarnation_ == 0) return;
  const auto& subject = request.header.entity;
  if (subject.kind != topic_kind::conversation) return tell_user(request);
  subscribers_[subject].insert(request.header.origin.node);
  send_to_node(
      *setup_.where, request.header.origin.node,
      topic_subscribed{
          {subject, request.header.origin, {}}, heads_.of(conversation_id{subject.id}), setup_.where->node});
}

void shard_state::unsubscribe(const unsubscribe_node& request) {
  const auto& subject = request.header.entity;
  if (subject.kind != topic_kind::conversation) return tell_live_user(request);
  const auto found = subscribers_.find(subject);
  if (found == subscribers_.end()) return;
  found->second.erase(request.header.origin.node);
  if (found->second.empty()) subscribers_.erase(found);
}

void shard_state::publish(const entries_published& published) {
  const auto& newest = *published.entries->back().entry;
  heads_.written(newest.conversation, newest.seq);
  tell_subscribers(published);
  const auto is_searchable = [](const published_entry& each) {
    const auto kind = each.entry->content.kind;
    return kind == entry_kind::message || kind == entry_kind::edit || kind == entry_kind::erase;
  };
  if (setup_.where->indexer && std::ranges::any_of(*published.entries, is_searchable))
    caf::anon_send(setup_.where->indexer, conversation_written{newest.conversation});
}

template <class Message>
void shard_state::tell_subscribers(const Message& news) const {
  const auto nodes = subscribers_.find(news.header.entity);
  if (nodes == subscribers_.end()) return;
  for (const auto& node : nodes->second) send_to_node(*setup_.where, node, news);
}

shard_state::live_user* shard_state::user_for(user_id id) {
  if (const auto known = users_.find(id); known != users_.end()) return &known->second;
  if (users_.size() >= setup_.users_max) return nullptr;
  const std::chrono::milliseconds turn{(id.value >> 10) % presence_turns.count()};
  const auto settles = taken_at_.value_or(self()->clock().now()) + presence_settles_after + turn;
  auto actor = self()->spawn(user, user_setup{id, setup_.where, setup_.presence_grace, turn, settles});
  return &users_.emplace(id, live_user{std::move(actor), 0}).first->second;
}

template <class Message>
void shard_state::tell_user(const Message& news) {
  if (incarnation_ == 0) return;
  auto* live = user_for(user_id{news.header.entity.id});
  // Too many: who asked is told nothing and gives up after its own time.
  if (live == nullptr) return;
  ++live->forwarded;
  caf::anon_send(live->actor, news);
}

void shard_state::pass_on(const signal_sent& signal) {
  if (incarnation_ != 0) return tell_user(signal);
  note_refusal();
  send_to_node(*setup_.where, signal.header.origin.node,
               signal_answered{signal.header, signal.request, 0, false});
}

template <class Message>
void shard_state::tell_live_user(const Message& news) {
  const auto known = users_.find(user_id{news.header.entity.id});
  if (known == users_.end()) return;
  ++known->second.forwarded;
  caf::anon_send(known->second.actor, news);
}

void shard_state::let_user_sleep(const user_sleep_wanted& wanted) {
  const auto known = users_.find(wanted.user);
  if (known == users_.end() || known->second.forwarded != wanted.taken) return;
  caf::anon_send(known->second.actor, stop_actor{});
  users_.erase(known);
}

void shard_state::let_sleep(const sleep_wanted& wanted) {
  const auto found = conversations_.find(wanted.conversation);
  if (found == conversations_.end() || found->second.forwarded != wanted.taken) return;
  caf::anon_send(found->second.actor, stop_actor{});
  conversations_.erase(found);
}

void shard_state::take(const shard_taken& taken) {
  if (incarnation_ != 0) lose();
  incarnation_ = taken.incarnation;
  taken_at_ = self()->clock().now();
  // What an earlier owner committed and could not tell any more: heads are told to whoever subscribes, and
  // those who became members hear of it.
  for (const auto& write : taken.heads) {
    heads_.written(write.conversation, write.head);
    if (!write.joined.empty())
      send_to_all_nodes(
          *setup_.where,
          membership_changed{{topic_of(write.conversation), {}, {}}, write.conversation, write.joined});
    if (setup_.where->indexer)
      caf::anon_send(setup_.where->indexer, conversation_written{write.conversation});
  }
  if (std::exchange(ticking_, true)) return;
  self()->delayed_send(self(), tick_interval, shard_tick{});
}

void shard_state::lose() {
  incarnation_ = 0;
  for (auto& [id, live] : conversations_)
    caf::anon_send(live.actor, append_failed{log_failure::disconnected});
  for (auto& [id, live] : users_) caf::anon_send(live.actor, stop_actor{});
  conversations_.clear();
  loading_.clear();
  heads_.clear();
  users_.clear();
  subscribers_.clear();
}

void shard_state::forget_node(const node_forgotten& news) {
  for (auto of = subscribers_.begin(); of != subscribers_.end();) {
    of->second.erase(news.node);
    of = of->second.empty() ? subscribers_.erase(of) : std::next(of);
  }
  for (auto& [id, live] : users_) {
    ++live.forwarded;
    caf::anon_send(live.actor, news);
  }
}

void shard_state::forget(const caf::actor_addr& gone) {
  // A conversation that ended by itself (the log failed it) starts anew with the next request.
  for (auto live = conversations_.begin(); live != conversations_.end(); ++live) {
    if (live->second.actor.address() == gone) {
      conversations_.erase(live);
      return;
    }
  }
}

void shard_state::tick() {
  ticking_ = incarnation_ != 0;
  if (!ticking_) return;
  const auto now = self()->clock().now();
  for (auto& [id, live] : conversations_)
    if (now - live.last_used >= setup_.idle) caf::anon_send(live.actor, passivate{live.forwarded});
  self()->delayed_send(self(), tick_interval, shard_tick{});
}

shard_actor::behavior_type shard(shard_state::self_pointer self, shard_setup setup) {
  return self->state.make_behavior(std::move(setup));
}

}  // namespace parley
