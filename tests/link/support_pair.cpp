#include "tests/link/support_pair.hpp"

#include <utility>

namespace parley {

namespace {

std::string said(const resend_wanted& message) { return std::to_string(message.line); }
std::string said(const ask_conversation& message) { return "ask " + std::to_string(message.number); }

caf::behavior relay_of(link_pair::side* at) {
  const auto note = [at](std::string what) {
    at->relay.push_back(what);
    at->all.push_back(std::move(what));
  };
  return {[at](const conversation_answered& answer) { at->answers.push_back(answer); },
          [note](const resend_wanted& message) { note(said(message)); },
          [note](const state_again&) { note("state again"); }};
}

caf::behavior placement_of(link_pair::side* at) {
  const auto note = [at](const char* what) { at->placement.emplace_back(what); };
  return {[note](const peer_reached&) { note("reached"); }, [note](const peer_lost&) { note("lost"); },
          [note](const peer_begins&) { note("begins"); }};
}

caf::behavior forwarder_of(link_pair::side* at) {
  const auto note = [at](std::string what) { at->forwarder.push_back(std::move(what)); };
  return {[note](const peer_reached&) { note("reached"); },
          [note](const peer_lost&) { note("lost"); },
          [note](const peer_begins&) { note("begins"); },
          [note](const call_forwarded& piece) { note("call " + piece.piece); },
          [note](const call_answered& piece) { note("answer " + piece.piece); },
          [note](const call_bytes_taken& news) { note("taken " + std::to_string(news.bytes)); }};
}

/// Stands for all shards. What each of them is told at the same time is noted once.
caf::behavior shard_of_all(link_pair::side* at) {
  const auto note = [at](const std::string& what) {
    at->shard.push_back(what);
    at->all.push_back(what);
  };
  return {[at, note](const node_forgotten&) {
            if (at->all.empty() || at->all.back() != "forgotten") note("forgotten");
          },
          [note](const ask_conversation& request) { note(said(request)); }};
}

}  // namespace

void link_pair::spawn(side& of, side& peer, const link_options& options) {
  of.where = std::make_shared<directory>();
  of.where->node = of.node;
  of.where->relay = caf::actor_cast<relay_actor>(system_.spawn([at = &of] { return relay_of(at); }));
  const auto shard = system_.spawn([at = &of] { return shard_of_all(at); });
  for (auto& each : of.where->shards) each = caf::actor_cast<shard_actor>(shard);
  of.where->forwarder =
      caf::actor_cast<forwarder_actor>(system_.spawn([at = &of] { return forwarder_of(at); }));
  const auto placement =
      caf::actor_cast<link_listener>(system_.spawn([at = &of] { return placement_of(at); }));
  of.link = system_.spawn(
      link, link_setup{{peer.node, "peer", "peer:1"}, of.where, placement, of.network, options});
}

link_pair::link_pair(link_options options, link_options options_of_other)
    : scheduler_(dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())) {
  one().node = {1'000};
  other().node = {2'000};
  spawn(one(), other(), options);
  spawn(other(), one(), options_of_other);
  settle();
}

link_pair::~link_pair() {
  for (auto& each : sides_) {
    caf::anon_send(each.link, stop_actor{});
    each.link = link_actor{};
    each.where.reset();
  }
  do {
    settle();
  } while (scheduler_.trigger_timeouts() > 0 || scheduler_.has_job());
}

void link_pair::connect() {
  for (auto& each : sides_) {
    each.way = std::make_shared<test_wire>();
    each.way->from = &each;
    caf::anon_send(each.link, wire_opened{peer_of(each).node, ++each.connection, each.way});
  }
  settle();
}

void link_pair::cut() {
  for (auto& each : sides_) {
    if (each.way) each.way->is_open = false;
    each.way.reset();
    caf::anon_send(each.link, wire_closed{peer_of(each).node, each.connection});
  }
  settle();
}

bool link_pair::deliver(side& from) {
  if (!from.way || from.way->on_the_way.empty()) return false;
  auto bytes = std::move(from.way->on_the_way.front());
  from.way->on_the_way.pop_front();
  auto& to = peer_of(from);
  caf::anon_send(to.link, wire_received{from.node, to.connection, std::move(bytes)});
  settle();
  return true;
}

void link_pair::repeat(side& from) {
  if (!from.way || from.way->on_the_way.empty()) return;
  from.way->on_the_way.push_front(from.way->on_the_way.front());
  deliver(from);
}

void link_pair::lose(side& from) {
  if (from.way && !from.way->on_the_way.empty()) from.way->on_the_way.pop_front();
}

void link_pair::deliver_all() {
  while (deliver(one()) || deliver(other())) {
  }
}

void link_pair::establish() {
  connect();
  deliver_all();
}

void link_pair::say(side& from, const std::string& what) {
  resend_wanted message;
  message.line = std::stoull(what);
  caf::anon_send(from.link, send_to_peer{message_to_relay{message}});
}

void link_pair::ask(side& from, std::uint64_t number, std::size_t bytes) {
  auto draft = std::make_shared<entry_draft>();
  draft->text = std::string(bytes, 'x');
  ask_conversation request;
  request.header.entity = topic_of(conversation_id{1});
  request.number = number;
  request.what = shared_draft(std::move(draft));
  caf::anon_send(from.link, send_to_peer{message_to_shard{request}});
}

void link_pair::pass(std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds step{10};
  settle();
  for (auto left = time; left.count() > 0; left -= step) {
    scheduler_.advance_time(std::min(step, left));
    settle();
  }
}

}  // namespace parley
