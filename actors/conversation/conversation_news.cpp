#include <algorithm>
#include <caf/all.hpp>
#include <utility>

#include "actors/conversation/conversation.hpp"
#include "actors/conversation/rules.hpp"
#include "actors/log_reader/ask_log.hpp"

// What is not an entry: how far members have read, who is typing, who has blocked whom.
namespace parley {

namespace {
constexpr std::chrono::seconds receipts_interval{1};
constexpr std::chrono::seconds typing_interval{3};
constexpr std::chrono::milliseconds blocks_retry{200};
}  // namespace

void conversation_state::mark_read(const ask_conversation& request, const read_mark& mark) {
  if (!is_member(request.sender)) return answer(request, no_such_conversation());
  if (request.defect) return answer(request, *request.defect);
  store_mark(request, std::min(mark.seq, setup_.record->head));
}

void conversation_state::take_blocks(const ask_conversation& request) {
  // What made it is committed; of one that is just being made they are read when that is known here.
  if (setup_.record && !is_member(request.sender)) return answer(request, no_such_conversation());
  if (!setup_.record || setup_.record->kind == conversation_kind::direct) read_blocks_anew();
  // Who has lost the shard without knowing it must not answer: whoever holds it now may have read before the
  // block. So the answer waits for the writer, which knows; a mark at 0 changes nothing.
  store_mark(request, 0);
}

void conversation_state::store_mark(const ask_conversation& request, sequence seq) {
  if (marking_.size() >= setup_.unanswered_max)
    return answer(request, failure{errc::overloaded, "too much is waiting to be stored; try again shortly",
                                   std::chrono::milliseconds{500}});
  const auto ticket = ++last_ticket_;
  marking_.emplace(ticket, request);
  hand_over();  // what was asked before is written before
  caf::anon_send(setup_.where->writer(shard_of(setup_.id)), store_read{request.header,
                                                                       {setup_.id, request.sender, seq},
                                                                       ticket,
                                                                       setup_.shard_incarnation,
                                                                       conversation_actor{self()}});
}

void conversation_state::read_was_stored(const read_stored& done) {
  const auto place = marking_.find(done.ticket);
  if (place == marking_.end()) return;
  const auto request = std::move(place->second);
  marking_.erase(place);
  answer(request, written{setup_.id, done.result.seq, 0, false});
  if (!done.result.moved || !receipts_.read(request.sender, done.result.seq)) return;
  const auto next = receipts_told_ ? *receipts_told_ + receipts_interval : now();
  if (next <= now()) return tell_receipts();
  self()->delayed_send(conversation_actor{self()}, next - now(), receipts_due{});
}

void conversation_state::tell_receipts() {
  receipts_told_ = now();
  publish_news({}, event::receipts{setup_.id, receipts_.take()});
}

void conversation_state::tell_typing(const ask_conversation& request) {
  if (!is_member(request.sender)) return answer(request, no_such_conversation());
  if (request.defect) return answer(request, *request.defect);
  answer(request, written{setup_.id, 0, 0, false});
  if (is_blocked(*setup_.record, request.sender)) return;
  const auto told = typing_told_.find(request.sender);
  if (told != typing_told_.end() && now() - told->second < typing_interval) return;
  typing_told_[request.sender] = now();
  publish_news(request.header, event::typing{setup_.id, request.sender});
}

void conversation_state::publish_news(const envelope& cause, conversation_news news) {
  caf::anon_send(setup_.where->shard(topic_of(setup_.id)),
                 news_published{{topic_of(setup_.id), cause.origin, cause.trace},
                                std::make_shared<const conversation_news>(std::move(news))});
}

void conversation_state::read_blocks_anew() {
  ++blocks_asked_;
  ask_for_blocks();
}

void conversation_state::ask_for_blocks() {
  ask_log<conversation_record>(self(), *setup_.where, setup_.id, read_conversation{setup_.id},
                               [this, asked = blocks_asked_](const outcome<conversation_record>& read) {
                                 // Asked again since: what was read may be older than what that will find.
                                 if (asked != blocks_asked_) return;
                                 // Everything waits until it is known. To start again from the log would not
                                 // do: what is at the writer would be committed and nobody tell it.
                                 if (read.has_error())
                                   return self()->delayed_send(conversation_actor{self()}, blocks_retry,
                                                               blocks_due{});
                                 blocks_read_ = asked;
                                 if (setup_.record) setup_.record->blocked = read.value().blocked;
                                 advance();
                               });
}

}  // namespace parley
