#include "actors/user/user.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <utility>

#include "actors/contract/interfaces/routing.hpp"
#include "actors/log_reader/ask_log.hpp"

namespace parley {

user_state::behavior_type user_state::make_behavior(user_setup setup) {
  setup_ = std::move(setup);
  stands_for(setup_.id);
  lies_in(shard_of(setup_.id));
  if (!is_settled())
    self()->delayed_send(user_actor{self()}, setup_.settles_at - self()->clock().now(), presence_settled{});
  return {
      [this](const subscribe_node& request) { subscribe(request); },
      [this](const unsubscribe_node& request) { unsubscribe(request); },
      [this](const session_opened& news) { open(news); },
      [this](const session_closed& news) { close(news); },
      [this](const signal_sent& signal) {
        ++taken_;
        pass_on(signal);
        consider_sleep();
      },
      [this](const node_forgotten& news) { forget(news.node); },
      [this](const presence_grace_over& due) { grace_is_over(due); },
      [this](const presence_settled&) { settled(); },
      [this](const stop_actor&) { self()->quit(); },
  };
}

void user_state::subscribe(const subscribe_node& request) {
  ++taken_;
  const auto& node = request.header.origin.node;
  if (request.header.entity.kind == topic_kind::presence) {
    watching_nodes_.insert(node);
    tell_presence_to({node});
  } else {
    nodes_.insert(node);
  }
  send_to_node(*setup_.where, node,
               topic_subscribed{{request.header.entity, request.header.origin, {}}, 0, setup_.where->node});
}

void user_state::unsubscribe(const unsubscribe_node& request) {
  ++taken_;
  auto& nodes = request.header.entity.kind == topic_kind::presence ? watching_nodes_ : nodes_;
  nodes.erase(request.header.origin.node);
  consider_sleep();
}

void user_state::open(const session_opened& news) {
  ++taken_;
  const open_session fresh{news.header.origin, news.device};
  // A session states itself again when it is not sure that it was heard.
  if (const auto known = std::ranges::find(sessions_, fresh.where, &open_session::where);
      known != sessions_.end())
    return;
  const auto same = std::ranges::find_if(
      sessions_, [&](const open_session& old) { return !old.device.empty() && old.device == fresh.device; });
  if (same != sessions_.end()) {
    supersede(*same, close_code::device_replaced);
    sessions_.erase(same);
  }
  sessions_.push_back(fresh);
  const auto most = setup_.where->devices_max;
  if (most != 0 && sessions_.size() > most) {
    supersede(sessions_.front(), close_code::too_many_devices);
    sessions_.erase(sessions_.begin());
  }
  in_grace_ = false;
  if (online_) return;
  online_ = true;
  last_seen_.reset();
  store(true, {});
  tell_everybody();
}

void user_state::close(const session_closed& news) {
  ++taken_;
  const auto gone = std::ranges::find(sessions_, news.header.origin, &open_session::where);
  // One that was superseded is not counted any more.
  if (gone != sessions_.end()) {
    sessions_.erase(gone);
    if (sessions_.empty()) begin_grace(setup_.grace);
  }
  consider_sleep();
}

void user_state::forget(incarnation_id node) {
  ++taken_;
  nodes_.erase(node);
  watching_nodes_.erase(node);
  const auto gone = std::erase_if(sessions_, [&](const auto& each) { return each.where.node == node; });
  // With a node many go at once, and not all of them shall be stored and told in the same moment.
  if (gone > 0 && sessions_.empty()) begin_grace(setup_.grace + setup_.turn);
  consider_sleep();
}

void user_state::begin_grace(std::chrono::milliseconds time) {
  in_grace_ = true;
  away_since_ = self()->clock().now();
  self()->delayed_send(user_actor{self()}, time, presence_grace_over{++absence_});
}

template <class Message>
void user_state::tell_nodes(const Message& news) const {
  // One message per node where the user is, never one per session.
  for (const auto& node : nodes_) send_to_node(*setup_.where, node, news);
}

void user_state::supersede(const open_session& old, close_code why) const {
  send_to_node(*setup_.where, old.where.node, session_superseded{{topic_of(setup_.id), old.where, {}}, why});
}

void user_state::pass_on(const signal_sent& signal) const {
  const auto reached =
      std::ranges::count_if(sessions_, [&](const auto& each) { return each.where != signal.header.origin; });
  tell_nodes(signal);
  send_to_node(*setup_.where, signal.header.origin.node,
               signal_answered{signal.header, signal.request, static_cast<std::size_t>(reached)});
}

void user_state::grace_is_over(const presence_grace_over& due) {
  if (!in_grace_ || due.absence != absence_) return;
  in_grace_ = false;
  online_ = false;
  store(false, std::chrono::duration_cast<std::chrono::milliseconds>(self()->clock().now() - away_since_));
}

void user_state::settled() {
  if (!online_) tell_everybody();
  consider_sleep();
}

void user_state::store(bool online, std::chrono::milliseconds since) {
  ++storing_;
  ask_log<timestamp_ms>(self(), *setup_.where, setup_.id, store_presence{setup_.id, online, since},
                        [this, online](const outcome<timestamp_ms>& at) {
                          --storing_;
                          // Who has come back meanwhile was never away.
                          if (!online && !online_) {
                            if (at.has_value()) last_seen_ = at.value();
                            tell_everybody();
                          }
                          consider_sleep();
                        });
}

void user_state::tell_everybody() { tell_presence_to({watching_nodes_.begin(), watching_nodes_.end()}); }

void user_state::tell_presence_to(std::vector<incarnation_id> nodes) {
  if (nodes.empty()) return;
  caf::anon_send(setup_.where->relay, tell_presence{std::move(nodes), {state(), is_settled()}});
}

void user_state::consider_sleep() {
  const bool busy = !sessions_.empty() || !nodes_.empty() || !watching_nodes_.empty() || in_grace_ ||
                    storing_ != 0 || !is_settled();
  if (busy) return;
  caf::anon_send(setup_.where->shard(topic_of(setup_.id)), user_sleep_wanted{setup_.id, taken_});
}

user_actor::behavior_type user(user_state::self_pointer self, user_setup setup) {
  return self->state.make_behavior(std::move(setup));
}

}  // namespace parley
