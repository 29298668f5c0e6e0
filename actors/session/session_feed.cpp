#include <algorithm>
#include <caf/all.hpp>
#include <utility>

#include "actors/contract/interfaces/routing.hpp"
#include "actors/log_reader/ask_log.hpp"
#include "actors/session/session.hpp"

// What a session is shown: subscriptions, live entries, and the mending of holes from the log.
namespace parley {

void session_state::subscribe(std::vector<topic> topics) {
  topics_awaited_.insert(topics.begin(), topics.end());
  caf::anon_send(where().relay, subscribe_session{setup_.id, std::move(topics)});
}

void session_state::unsubscribe(const topic& subject) {
  caf::anon_send(where().relay, unsubscribe_session{setup_.id, subject});
  if (topics_awaited_.erase(subject) > 0) begin_when_ready();
}

void session_state::topics_are_ready(const topics_ready& ready) {
  if (phase_ != phase::identified) return;
  bool behind = false;
  for (const auto& [subject, head] : ready.topics) {
    topics_awaited_.erase(subject);
    if (subject == topic_of(user_.id)) {
      // Whoever owns the user now knows of this session by nobody else.
      send_to_owner(where(), session_opened{{subject, own_address(), {}}, device_});
      // That the user became a member somewhere is told only once: what was told to nobody before is read.
      if (conversations_listed_) compare_soon();
    }
    if (subject.kind == topic_kind::conversation && head > 0)
      behind |= feeds_.head_is(conversation_id{subject.id}, head) == feeds::decision::mend;
  }
  if (behind) mend();
  begin_when_ready();
}

void session_state::begin_when_ready() {
  if (!topics_awaited_.empty()) return;
  if (!conversations_listed_) return read_own_conversations();
  for (auto waiting = std::exchange(syncs_waiting_, {}); const auto& request : waiting)
    sync(request, std::get<request::sync>(request.op));
}

void session_state::read_own_conversations() {
  if (std::exchange(rights_missed_, false)) look_at_rights_soon();
  ask_log<std::vector<conversation_head>>(self(), where(), user_.id, read_conversations_of{user_.id},
                                          [this](const outcome<std::vector<conversation_head>>& read) {
                                            if (phase_ != phase::identified) return;
                                            if (read.has_error()) {
                                              compare_on_tick_ = true;
                                              return ensure_tick();
                                            }
                                            conversations_listed_ = true;
                                            adopt(read.value());
                                            mend();
                                            begin_when_ready();
                                          });
}

void session_state::adopt(const std::vector<conversation_head>& conversations) {
  std::vector<topic> fresh;
  for (const auto& known : conversations) {
    if (feeds_.knows(known.conversation)) continue;
    feeds_.joined(known.conversation);
    fresh.push_back(topic_of(known.conversation));
  }
  if (!fresh.empty()) subscribe(std::move(fresh));
}

void session_state::joined(conversation_id conversation) {
  if (phase_ != phase::identified || feeds_.knows(conversation)) return;
  feeds_.joined(conversation);
  subscribe({topic_of(conversation)});
  mend();
}

void session_state::memberships_were_missed(const memberships_missed& news) {
  if (phase_ != phase::identified) return;
  compare_spread_ = news.spread;
  rights_missed_ = true;
  if (conversations_listed_) return compare_soon();
  // What is being read may be from before; what is read once all subscriptions stand is not.
  if (topics_awaited_.empty()) read_own_conversations();
}

void session_state::deliver(const entries_delivered& news) {
  if (phase_ != phase::identified) return;
  for (std::size_t i = 0; i < news.entries->size();) {
    const auto& arrived = *(*news.entries)[i].entry;
    auto count = std::size_t{1};
    switch (feeds_.arrived(arrived.conversation, arrived.seq)) {
      case feeds::decision::ignore:
        break;
      case feeds::decision::mend:
        mend();
        break;
      case feeds::decision::show:
        count = length_of_run(news, i);
        if (!show_run(news, i, count)) return;
        break;
    }
    i += count;
  }
}

std::size_t session_state::length_of_run(const entries_delivered& news, std::size_t first) const {
  // It ends where a number is missing, and with the own `leave`.
  auto last = first;
  for (; last + 1 < news.entries->size(); ++last) {
    const auto& here = *(*news.entries)[last].entry;
    if (here.content.kind == entry_kind::leave && here.content.user == user_.id) break;
    if ((*news.entries)[last + 1].entry->seq != here.seq + 1) break;
  }
  return last - first + 1;
}

bool session_state::show_run(const entries_delivered& news, std::size_t first, std::size_t count) {
  const auto [accepted, last] = setup_.out->push_events(news.encoded, first, count);
  const auto conversation = (*news.entries)[first].entry->conversation;
  counters.delivered_live.add(accepted);
  if (accepted > 0) feeds_.shown(conversation, (*news.entries)[first + accepted - 1].entry->seq);
  for (std::size_t i = 0; i < accepted; ++i) after_showing(*(*news.entries)[first + i].entry);
  if (last == outbox::admission::full) {
    outbox_full_ = true;
    feeds_.head_is(conversation, news.entries->back().entry->seq);
  }
  return last == outbox::admission::accepted;
}

void session_state::deliver_news(const news_delivered& news) {
  const conversation_id conversation{news.header.entity.id};
  if (phase_ != phase::identified || !feeds_.knows(conversation)) return;
  // A conversation is described to the client before anything is said about it.
  if (feeds_.begun() && feeds_.needs_description(conversation)) return;
  const auto* typing = std::get_if<event::typing>(news.news.get());
  if (typing != nullptr && typing->user == user_.id) return;
  // Lost when there is no room: the next one says more, and `sync` says it too.
  setup_.out->push_event(news.encoded);
}

void session_state::after_showing(const entry& shown) {
  const auto kind = shown.content.kind;
  if (kind == entry_kind::join || kind == entry_kind::leave) look_at_rights_soon();
  if (kind == entry_kind::leave && shown.content.user == user_.id) leave(shown.conversation);
}

void session_state::leave(conversation_id conversation) {
  feeds_.left(conversation);
  unsubscribe(topic_of(conversation));
  // The news of a membership that began again may have come before this.
  ask_log<bool>(self(), where(), conversation, read_membership{user_.id, conversation},
                [this, conversation](const outcome<bool>& member) {
                  if (phase_ != phase::identified) return;
                  if (member.has_error()) {
                    compare_on_tick_ = true;
                    return ensure_tick();
                  }
                  if (member.value()) joined(conversation);
                });
}

void session_state::owners_have_changed(const owners_changed& news) {
  if (phase_ != phase::identified) return;
  for (const auto conversation : writes_.sent_before(now() + std::chrono::hours{1}))
    if (std::ranges::binary_search(*news.shards, shard_of(conversation)))
      send_again(conversation, std::nullopt);
  compare_spread_ = news.spread;
}

void session_state::compare_soon() {
  if (compare_spread_ < std::chrono::seconds{1}) return compare_heads();
  // Many sessions: each asks in its turn.
  compare_on_tick_ = true;
  if (ticking_) return;
  ticking_ = true;
  const auto turn = std::chrono::milliseconds{setup_.id.value % compare_spread_.count()};
  self()->delayed_send(session_actor{self()}, turn, session_tick{});
}

void session_state::compare_heads() {
  if (std::exchange(rights_missed_, false)) look_at_rights_soon();
  if (!conversations_listed_) return read_own_conversations();
  ask_log<std::vector<conversation_head>>(self(), where(), user_.id, read_conversations_of{user_.id},
                                          [this](const outcome<std::vector<conversation_head>>& read) {
                                            if (phase_ != phase::identified) return;
                                            if (read.has_error()) {
                                              compare_on_tick_ = true;
                                              return ensure_tick();
                                            }
                                            adopt(read.value());
                                            for (const auto& known : read.value())
                                              feeds_.head_is(known.conversation, known.head);
                                            mend();
                                          });
}

void session_state::mend() {
  if (outbox_full_ || !feeds_.begun() || phase_ != phase::identified) return;
  const auto next = feeds_.start_mending();
  if (!next) return;
  if (feeds_.needs_description(*next)) {
    describe(*next);
  } else {
    heal(*next);
  }
}

void session_state::describe(conversation_id conversation) {
  ask_log<std::vector<conversation_view>>(
      self(), where(), user_.id, read_views{user_.id, {{conversation, 0}}, 0},
      [this, conversation](outcome<std::vector<conversation_view>> read) {
        if (phase_ != phase::identified) return;
        if (read.has_error()) return mend_later(conversation);
        if (read.value().empty()) {
          // No member any more. What a sync described meanwhile is shown up to the own leave.
          if (feeds_.needs_description(conversation)) {
            feeds_.forget(conversation);
          } else {
            feeds_.stop_mending(conversation);
          }
          return mend();
        }
        auto& view = read.value().front();
        view.entries.clear();
        view.gap = false;
        const auto joined = view.joined;
        const auto head = view.head;
        const auto event = setup_.shared->codec->encode_event(event::conversation_changed{std::move(view)});
        if (setup_.out->push_event(event) == outbox::admission::accepted) {
          feeds_.announced(conversation, joined - 1, head);
          look_at_rights_soon();
        } else {
          outbox_full_ = true;
        }
        feeds_.stop_mending(conversation);
        mend();
      });
}

void session_state::heal(conversation_id conversation) {
  ask_log<entries_page>(
      self(), where(), conversation,
      read_entries_after{user_.id, conversation, feeds_.last_shown(conversation)},
      [this, conversation](const outcome<entries_page>& read) {
        if (phase_ != phase::identified) return;
        if (read.has_error()) {
          if (read.error().code != errc::not_found) return mend_later(conversation);
          feeds_.forget(conversation);
          return mend();
        }
        const auto& page = read.value();
        if (page.more)
          setup_.out->push_event(
              setup_.shared->codec->encode_event(event::lagging{conversation, feeds_.head(conversation)}));
        const bool all = std::ranges::all_of(page.entries, [this](const auto& e) { return show(e); });
        if (all && page.entries.empty()) feeds_.complete(conversation);
        feeds_.stop_mending(conversation);
        mend();
      });
}

bool session_state::show(const entry& missing) {
  // After the own `leave` nothing more is shown; who was added again is shown it from there.
  if (!feeds_.knows(missing.conversation)) return false;
  if (missing.seq <= feeds_.last_shown(missing.conversation)) return true;
  if (setup_.out->push_event(setup_.shared->codec->encode_event(missing)) != outbox::admission::accepted) {
    outbox_full_ = true;
    return false;
  }
  counters.delivered_from_log.add();
  feeds_.shown(missing.conversation, missing.seq);
  after_showing(missing);
  return true;
}

void session_state::mend_later(conversation_id conversation) {
  feeds_.stop_mending(conversation);
  mend_on_tick_ = true;
  ensure_tick();
}

void session_state::drained() {
  outbox_full_ = false;
  tell_presence();
  mend();
}

}  // namespace parley
