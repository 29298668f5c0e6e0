#include "actors/forwarder/forwarder.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <iterator>
#include <utility>
#include <vector>

namespace parley {

namespace {

constexpr std::chrono::milliseconds look_interval{250};
constexpr std::chrono::milliseconds try_again_after{1'000};

failure gone() { return {errc::not_found, "there is no such node", {}}; }
failure not_reached() {
  return {errc::unavailable, "the node that has the session is not reached: try again", try_again_after};
}
failure unknown_outcome() {
  return {
      errc::unavailable,
      "the node that has the session does not answer, and the outcome is not known: repeat with the same key",
      try_again_after};
}
failure crowded() {
  return {errc::overloaded, "too many calls of other nodes wait for answers", try_again_after};
}

}  // namespace

forwarder_state::behavior_type forwarder_state::make_behavior(forwarder_setup setup) {
  setup_ = std::move(setup);
  return {
      [this](const forward_call& asked) { forward(asked); },
      [this](const answer_made& made) { answer(made); },
      [this](const give_up_calls&) { give_up(); },
      [this](const call_forwarded& piece) { take_call(piece); },
      [this](const call_answered& piece) { take_answer(piece); },
      [this](const call_bytes_taken& news) {
        auto& by = known(news.from);
        by.out.taken(static_cast<std::size_t>(news.bytes));
        push(news.from, by);
      },
      [this](const peer_reached& news) { known(news.peer).is_up = true; },
      [this](const peer_lost& news) {
        auto& by = known(news.peer);
        by.is_up = false;
        by.cut_at = now();
        tick_soon();
      },
      [this](const peer_begins& news) { begin_anew(news.peer); },
      [this](const forwarder_tick&) { tick(); },
      [this](const stop_actor&) {
        give_up();
        self()->quit();
      },
  };
}

forwarder_state::peer& forwarder_state::known(incarnation_id node) {
  return peers_
      .try_emplace(
          node,
          peer{false, {}, outgoing_pieces(setup_.options.pieces), incoming_pieces(setup_.options.pieces), {}})
      .first->second;
}

// Calls of clients here.

void forwarder_state::forward(const forward_call& asked) {
  if (has_given_up_) return asked.respond(not_reached());
  if (!setup_.where->ways.link_to(asked.node)) return asked.respond(gone());
  auto& by = known(asked.node);
  if (is_out(by)) return asked.respond(not_reached());
  const auto number = ++last_number_;
  open_.emplace(number, open_call{asked.node, now() + asked.within, asked.respond, {}});
  by.out.add(number, std::move(asked.call->head), std::move(asked.call->body));
  push(asked.node, by);
  tick_soon();
}

void forwarder_state::take_answer(const call_answered& piece) {
  count_taken(piece.from, known(piece.from), cost_of(piece));
  const auto found = open_.find(piece.number);
  // Somebody else's, or one that is not waited for any more.
  if (found == open_.end() || found->second.node != piece.from) return;
  auto& answer = found->second.answer;
  if (piece.head && piece.head->has_error()) return finish(piece.number, piece.head->error());
  if (piece.head) answer.head = piece.head->value();
  arriving_answer_bytes_ += piece.piece.size();
  answer.body += piece.piece;
  if (arriving_answer_bytes_ > setup_.options.arriving_bytes_max && !piece.is_last)
    return finish(piece.number, unknown_outcome());
  if (!piece.is_last) return;
  auto whole = std::exchange(answer, {});
  arriving_answer_bytes_ -= whole.body.size();
  finish(piece.number, std::move(whole));
}

void forwarder_state::finish(std::uint64_t number, outcome<forwarded_answer> answer) {
  auto call = open_.extract(number);
  if (call.empty()) return;
  arriving_answer_bytes_ -= call.mapped().answer.body.size();
  if (answer.has_error())
    if (const auto by = peers_.find(call.mapped().node); by != peers_.end()) by->second.out.drop_call(number);
  call.mapped().respond(std::move(answer));
}

void forwarder_state::fail_calls_to(incarnation_id node) {
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, call] : open_)
    if (call.node == node) numbers.push_back(number);
  for (const auto number : numbers) finish(number, unknown_outcome());
}

void forwarder_state::give_up() {
  has_given_up_ = true;
  while (!open_.empty()) finish(open_.begin()->first, not_reached());
}

// Calls of peers.

void forwarder_state::take_call(const call_forwarded& piece) {
  auto& by = known(piece.from);
  count_taken(piece.from, by, cost_of(piece));
  if (piece.head)
    by.arriving.try_emplace(piece.number,
                            arriving_call{{*piece.head, {}}, now() + setup_.options.whole_within});
  const auto found = by.arriving.find(piece.number);
  // The rest of what was refused, or of what began before the stream did.
  if (found == by.arriving.end()) return;
  arriving_call_bytes_ += piece.piece.size();
  auto& call = found->second.call;
  call.body += piece.piece;
  const bool fits = arriving_call_bytes_ <= setup_.options.arriving_bytes_max;
  if (!piece.is_last && fits) return tick_soon();
  auto taken = std::move(call);
  arriving_call_bytes_ -= taken.body.size();
  by.arriving.erase(found);
  if (!fits) return send_answer(piece.from, piece.number, crowded());
  serve(piece.from, piece.number, std::move(taken));
}

void forwarder_state::serve(incarnation_id caller, std::uint64_t number, forwarded_call call) {
  if (serving_ >= setup_.options.serving_max) return send_answer(caller, number, crowded());
  ++serving_;
  auto respond = [where = setup_.where, caller, number](forwarded_answer made) {
    caf::anon_send(where->forwarder,
                   answer_made{caller, number, std::make_shared<outcome<forwarded_answer>>(std::move(made))});
  };
  if (setup_.server->ask(std::move(call), std::move(respond))) return;
  // Its sessions have ended with the port for clients.
  --serving_;
  send_answer(caller, number, gone());
}

void forwarder_state::answer(const answer_made& made) {
  --serving_;
  send_answer(made.caller, made.number, std::move(*made.answer));
}

void forwarder_state::send_answer(incarnation_id to, std::uint64_t number, outcome<forwarded_answer> answer) {
  if (!setup_.where->ways.link_to(to)) return;
  auto& by = known(to);
  std::size_t waiting = 0;
  for (const auto& [node, each] : peers_) waiting += each.out.waiting_bytes();
  if (answer.has_value() && waiting + answer.value().body.size() > setup_.options.waiting_bytes_max)
    answer = crowded();
  if (answer.has_error())
    by.out.add(number, outcome<answer_head>(answer.error()), {});
  else
    by.out.add(number, outcome<answer_head>(std::move(answer.value().head)), std::move(answer.value().body));
  push(to, by);
}

// Both.

void forwarder_state::count_taken(incarnation_id from, peer& by, std::size_t cost) {
  const auto told = by.in.take(cost);
  if (told == 0) return;
  if (const auto link = setup_.where->ways.link_to(from))
    caf::anon_send(link, send_to_peer{message_to_forwarder{call_bytes_taken{setup_.where->node, told}}});
}

void forwarder_state::push(incarnation_id to, peer& by) {
  const auto link = setup_.where->ways.link_to(to);
  if (!link) return;
  while (auto piece = by.out.next()) {
    std::visit(
        [&](auto& each) {
          each.from = setup_.where->node;
          caf::anon_send(link, send_to_peer{message_to_forwarder{std::move(each)}});
        },
        *piece);
  }
}

void forwarder_state::begin_anew(incarnation_id node) {
  auto& by = known(node);
  for (const auto& [number, each] : by.arriving) arriving_call_bytes_ -= each.call.body.size();
  by.arriving.clear();
  by.out = outgoing_pieces(setup_.options.pieces);
  by.in = incoming_pieces(setup_.options.pieces);
  fail_calls_to(node);
}

bool forwarder_state::is_out(const peer& by) const {
  return !by.is_up && now() - by.cut_at >= setup_.options.outage;
}

void forwarder_state::tick_soon() {
  if (std::exchange(is_ticking_, true)) return;
  self()->delayed_send(forwarder_actor{self()}, look_interval, forwarder_tick{});
}

void forwarder_state::tick() {
  is_ticking_ = false;
  const auto at = now();
  std::vector<std::pair<std::uint64_t, failure>> over;
  for (const auto& [number, call] : open_) {
    if (!setup_.where->ways.link_to(call.node))
      over.emplace_back(number, gone());
    else if (call.deadline <= at || is_out(known(call.node)))
      over.emplace_back(number, unknown_outcome());
  }
  for (auto& [number, why] : over) finish(number, std::move(why));
  forget_peers();
  const bool some_arrive =
      std::ranges::any_of(peers_, [](const auto& each) { return !each.second.arriving.empty(); });
  if (!open_.empty() || some_arrive) tick_soon();
}

void forwarder_state::forget_peers() {
  const auto at = now();
  for (auto each = peers_.begin(); each != peers_.end();) {
    auto& [node, by] = *each;
    // Whom a link has reached, it says to be lost before it ends.
    const bool is_gone = !by.is_up && !setup_.where->ways.link_to(node);
    for (auto part = by.arriving.begin(); part != by.arriving.end();) {
      const bool is_late = is_gone || part->second.deadline <= at;
      if (is_late) arriving_call_bytes_ -= part->second.call.body.size();
      part = is_late ? by.arriving.erase(part) : std::next(part);
    }
    each = is_gone ? peers_.erase(each) : std::next(each);
  }
}

forwarder_actor::behavior_type forwarder(forwarder_state::self_pointer self, forwarder_setup setup) {
  return self->state.make_behavior(std::move(setup));
}

}  // namespace parley
