#include "actors/link/link.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <utility>
#include <variant>

#include "actors/contract/values/node_counters.hpp"
#include "actors/contract/values/tracing.hpp"
#include "actors/inspection/trace_in.hpp"
#include "actors/link/codec.hpp"

namespace parley {

namespace {

/// Messages in one frame: large enough that what a frame costs does not count, small enough that what is
/// urgent (an acknowledgement, a heartbeat) is not long behind it.
constexpr std::size_t frame_bytes_max = 65'536;
constexpr std::chrono::milliseconds tick_interval{250};
/// A node that did not run for so long (it was stopped, or starved) accuses nobody of silence.
constexpr std::chrono::milliseconds absence{1'000};

/// What a message between nodes is.
message_type type_in(const routed_message& message) {
  return std::visit(
      [](const auto& group) {
        return std::visit([](const auto& each) { return message_type_of(typeid(each)); }, group);
      },
      message);
}

}  // namespace

link_actor_state::~link_actor_state() { links_of_this_node.remove(shown_); }

link_actor_state::behavior_type link_actor_state::make_behavior(link_setup setup) {
  setup_ = std::move(setup);
  self()->shown().peer = setup_.peer.name;
  out_ = outgoing_stream(setup_.options.bounds);
  in_ = incoming_stream(setup_.options.bounds, setup_.options.rules);
  shown_->peer = setup_.peer.incarnation;
  links_of_this_node.add(shown_);
  dials_ = setup_.where->node < setup_.peer.incarnation;
  dial_again_ = setup_.options.times.dial_again_first;
  last_tick_ = now();
  self()->delayed_send(link_actor{self()}, tick_interval, link_tick{});
  dial();
  return {
      [this](const send_to_peer& message) { send(message); },
      [this](const wire_opened& news) { opened(news); },
      [this](const wire_received& news) { received(news); },
      [this](const wire_closed& news) {
        if (wire_ && wire_->number == news.connection) down();
      },
      [this](const wire_failed& news) { dial_failed(news.why); },
      [this](const link_flush&) {
        flush_scheduled_ = false;
        flush();
      },
      [this](const link_acknowledge&) {
        acknowledge_scheduled_ = false;
        if (owes_acknowledgement_) flush();
      },
      [this](const link_tick&) { tick(); },
      [this](const link_dial&) {
        dial_scheduled_ = false;
        dial();
      },
      [this](const stop_actor&) { stop(); },
  };
}

// Outwards.

void link_actor_state::send(const send_to_peer& message) {
  // Without a stream the next hello begins anew, and everything that matters is stated then.
  if (!stream_) return counters.link.lost.add();
  if (refuses(message.what)) return;
  if (out_.add(as_bytes(message.what), now()) == outgoing_stream::admission::overflow) return overflow();
  show_state();
  flush_soon();
}

std::string link_actor_state::as_bytes(const routed_message& message) const {
  if (!trace_step_now) return encode_message(message);
  auto traced = message;
  if (auto* trace = trace_in(traced)) *trace = trace_from_here(*trace);
  return encode_message(traced);
}

bool link_actor_state::refuses(const routed_message& message) {
  if (!out_.is_more_than_half_full()) return false;
  const auto* to_shard = std::get_if<message_to_shard>(&message);
  const auto* request = to_shard == nullptr ? nullptr : std::get_if<ask_conversation>(to_shard);
  if (request == nullptr) return false;
  counters.link.refused.add();
  note_refusal();
  caf::anon_send(
      setup_.where->relay,
      conversation_answered{
          request->header, request->conversation, request->line, request->number,
          failure{errc::overloaded, "the way to the conversation's node is congested; try again", {}}});
  return true;
}

void link_actor_state::overflow() {
  counters.link.overflows.add();
  log(severity::warning, "link_overflow",
      "the peer does not take what is sent to it, and there is no room for more; the stream begins anew",
      {{"peer", setup_.peer.name},
       {"messages", std::to_string(out_.kept_messages())},
       {"bytes", std::to_string(out_.kept_bytes())}});
  stream_ = {};
  out_.begin_anew();
  show_state();
  close_wire();
}

void link_actor_state::flush_soon() {
  if (flush_scheduled_ || !wire_ || !wire_->is_reached) return;
  // Behind what is in the mailbox already, which leaves with it.
  flush_scheduled_ = true;
  self()->send(link_actor{self()}, link_flush{});
}

void link_actor_state::flush() {
  if (!wire_ || !wire_->is_reached) return;
  while (const auto batch = out_.next_batch(frame_bytes_max)) {
    counters.link.messages_sent.add(batch->count);
    send_frame(encode_batch(stream_, in_.received(), *batch));
  }
  if (owes_acknowledgement_) send_heartbeat();
}

void link_actor_state::send_heartbeat() {
  send_frame(encode_heartbeat(stream_, in_.received(), out_.next()));
}

void link_actor_state::send_frame(std::string bytes) {
  counters.link.frames_sent.add();
  counters.link.bytes_sent.add(bytes.size());
  wire_->sent = now();
  // Every frame says how far the other direction is.
  in_.told();
  owes_acknowledgement_ = false;
  wire_->way->send(std::move(bytes));
}

// Inwards.

void link_actor_state::opened(const wire_opened& news) {
  if (news.connection <= last_connection_) return news.way->close();
  last_connection_ = news.connection;
  dialling_.reset();
  // The peer has given up the one before, whether or not that was noticed here.
  if (wire_) close_wire();
  const auto at = now();
  wire_ = connection{news.connection, news.way, {}, false, at, at, at};
  wire_->hello = {setup_.where->node, setup_.peer.incarnation, news.connection,   stream_,
                  in_.received(),     out_.oldest(),           out_.newest_sent()};
  send_frame(encode_hello(wire_->hello));
}

void link_actor_state::received(const wire_received& news) {
  if (!wire_ || wire_->number != news.connection) return;
  wire_->heard = now();
  counters.link.frames_received.add();
  counters.link.bytes_received.add(news.bytes.size());
  const auto read = decode_frame(news.bytes);
  if (read.has_error()) return break_off(severity::error, read.error().message);
  if (const auto* hello = std::get_if<stream_hello>(&read.value())) return greet(*hello);
  take_batch(std::get<batch_frame>(read.value()));
}

void link_actor_state::greet(const stream_hello& theirs) {
  // Nothing from or for another life is believed.
  if (theirs.from != setup_.peer.incarnation || theirs.to != setup_.where->node || theirs.connection == 0 ||
      wire_->is_reached)
    return break_off(severity::warning, "the peer is not who was expected");
  wire_->is_reached = true;
  failed_because_.clear();
  shown_->is_up.store(true, std::memory_order_relaxed);
  const auto resumes = setup_.options.rules.judge_streams(wire_->hello, theirs) == stream_verdict::resume &&
                       // What was dropped since our hello left would be missing.
                       stream_ == wire_->hello.stream;
  log(severity::info, "link_up",
      resumes ? "the link stands again, and went on" : "the link stands, and began anew",
      {{"peer", setup_.peer.name}});
  caf::anon_send(setup_.placement, peer_reached{setup_.peer.incarnation});
  caf::anon_send(setup_.where->forwarder, peer_reached{setup_.peer.incarnation});
  if (!resumes) return begin_anew(begun_by(wire_->hello, theirs));
  counters.link.resumed.add();
  if (!out_.resume_after(theirs.received))
    return break_off(severity::error, "the peer has received what was never sent to it");
  show_state();
  owes_acknowledgement_ = true;
  flush();
}

void link_actor_state::begin_anew(stream_id stream) {
  counters.link.begun_anew.add();
  stream_ = stream;
  out_.begin_anew();
  in_.begin_anew();
  show_state();
  // Those who are told here get what comes over the new stream from here as well, and therefore later.
  const auto peer = setup_.peer.incarnation;
  const auto forgotten = caf::make_message(node_forgotten{peer});
  for (const auto& shard : setup_.where->shards)
    caf::actor_cast<caf::actor>(shard)->eq_impl(caf::make_message_id(), nullptr, nullptr, forgotten);
  caf::anon_send(setup_.placement, peer_begins{peer});
  caf::anon_send(setup_.where->forwarder, peer_begins{peer});
  caf::anon_send(setup_.where->relay, state_again{peer});
}

void link_actor_state::take_batch(const batch_frame& batch) {
  if (!wire_->is_reached) return break_off(severity::error, "the peer did not say hello");
  // Of a stream that has ended meanwhile.
  if (batch.stream != stream_) return;
  if (!out_.acknowledge(batch.acknowledged))
    return break_off(severity::error, "the peer acknowledges what was never sent to it");
  show_state();
  if (in_.misses_before(batch.first))
    // What lies between is still in the peer's ring.
    return break_off(severity::warning, "a message is missing on the way from the peer");
  if (!batch.messages.empty() && !take_messages(batch)) return;
  // There may be room in the window now.
  if (out_.has_unsent()) flush_soon();
}

bool link_actor_state::take_messages(const batch_frame& batch) {
  counters.link.messages_received.add(batch.messages.size());
  auto number = batch.first;
  for (const auto& message : batch.messages) {
    if (in_.take(number++, message.size()) == arrival::next && !deliver(message)) return false;
  }
  owes_acknowledgement_ = true;
  if (in_.owes_credit()) {
    flush();
  } else if (!acknowledge_scheduled_) {
    acknowledge_scheduled_ = true;
    self()->delayed_send(link_actor{self()}, setup_.options.times.acknowledge, link_acknowledge{});
  }
  return true;
}

bool link_actor_state::deliver(std::string_view bytes) {
  auto message = decode_message(bytes);
  if (message.has_error()) {
    // Sent again it would be the same, and passing over it would leave a hole that nobody knows of.
    stream_ = {};
    break_off(severity::error, message.error().message);
    return false;
  }
  if (inspection_level_now() == inspection_level::edges) [[unlikely]]
    watch_peer_message(self()->shown(), type_in(message.value()), bytes.size());
  const auto* trace = trace_in(message.value());
  span_under_way step{trace == nullptr ? trace_context{} : *trace, as_span_actor(), "link"};
  step.took_since_sent();
  if (step) step.add_text("peer", setup_.peer.name);
  struct receivers {
    const link_setup& to;
    void operator()(message_to_shard& each) const {
      std::visit([this](auto& m) { caf::anon_send(to.where->shard(m.header.entity), std::move(m)); }, each);
    }
    void operator()(message_to_relay& each) const {
      std::visit([this](auto& m) { caf::anon_send(to.where->relay, std::move(m)); }, each);
    }
    void operator()(message_to_placement& each) const {
      std::visit([this](auto& m) { caf::anon_send(to.placement, std::move(m)); }, each);
    }
    void operator()(message_to_forwarder& each) const {
      std::visit([this](auto& m) { caf::anon_send(to.where->forwarder, std::move(m)); }, each);
    }
  };
  std::visit(receivers{setup_}, message.value());
  return true;
}

// The wire.

void link_actor_state::break_off(severity level, std::string why) {
  counters.link.broken.add();
  log(level, "link_broken", std::move(why), {{"peer", setup_.peer.name}});
  close_wire();
}

void link_actor_state::close_wire() {
  if (!wire_) return;
  wire_->way->close();
  down();
}

void link_actor_state::down() {
  const bool was_reached = wire_->is_reached;
  // Only a wire that was good for something makes an end of waiting longer each time.
  if (was_reached && now() - wire_->opened >= setup_.options.times.dial_again_last)
    dial_again_ = setup_.options.times.dial_again_first;
  wire_.reset();
  shown_->is_up.store(false, std::memory_order_relaxed);
  if (was_reached) {
    log(severity::info, "link_down", "the link to the peer is cut", {{"peer", setup_.peer.name}});
    caf::anon_send(setup_.placement, peer_lost{setup_.peer.incarnation});
    caf::anon_send(setup_.where->forwarder, peer_lost{setup_.peer.incarnation});
  }
  dial_later();
}

void link_actor_state::tick() {
  self()->delayed_send(link_actor{self()}, tick_interval, link_tick{});
  const auto& times = setup_.options.times;
  const auto at = now();
  const bool was_away = at - std::exchange(last_tick_, at) > absence;
  if (dialling_ && at - *dialling_ > times.dial) {
    dialling_.reset();
    dial_later();
  }
  if (!wire_) return;
  if (was_away) wire_->heard = at;
  if (at - wire_->heard > times.silence) {
    log(severity::warning, "link_silent", "nothing came from the peer for too long; the wire is closed",
        {{"peer", setup_.peer.name}});
    return close_wire();
  }
  if (!wire_->is_reached) return;
  // Half a tick earlier rather than half a tick late.
  if (at - wire_->sent + tick_interval / 2 >= times.heartbeat) send_heartbeat();
}

void link_actor_state::dial() {
  if (!dials_ || wire_ || dialling_) return;
  dialling_ = now();
  setup_.network->dial(setup_.peer);
}

void link_actor_state::dial_failed(const std::string& why) {
  counters.link.dials_failed.add();
  // Tried again every second: said once.
  const bool is_new = std::exchange(failed_because_, why) != why;
  log(is_new ? severity::warning : severity::debug, "link_dial_failed", "cannot reach the peer: " + why,
      {{"peer", setup_.peer.name}, {"address", setup_.peer.address}});
  dialling_.reset();
  dial_later();
}

void link_actor_state::dial_later() {
  if (!dials_ || dial_scheduled_) return;
  dial_scheduled_ = true;
  self()->delayed_send(link_actor{self()}, dial_again_, link_dial{});
  dial_again_ = std::min(dial_again_ * 2, setup_.options.times.dial_again_last);
}

void link_actor_state::stop() {
  flush();
  dials_ = false;
  close_wire();
  self()->quit();
}

void link_actor_state::show_state() {
  const auto since = out_.oldest_since();
  shown_->oldest_since_ms.store(
      since ? std::chrono::duration_cast<std::chrono::milliseconds>(since->time_since_epoch()).count() : 0,
      std::memory_order_relaxed);
  shown_->kept_messages.store(out_.kept_messages(), std::memory_order_relaxed);
  shown_->kept_bytes.store(out_.kept_bytes(), std::memory_order_relaxed);
}

link_actor::behavior_type link(link_actor_state::self_pointer self, link_setup setup) {
  return self->state.make_behavior(std::move(setup));
}

}  // namespace parley
