#include "actors/inspection/watching.hpp"

#include <array>
#include <caf/exit_reason.hpp>
#include <cstdint>
#include <string_view>
#include <typeinfo>

#include "actors/inspection/level.hpp"
#include "actors/inspection/live_actors.hpp"
#include "actors/inspection/message_graph.hpp"
#include "actors/inspection/text_in.hpp"
#include "actors/inspection/trace_in.hpp"

namespace parley {

namespace {

/// The actor that this thread runs; 0: none. Most of what actors send is anonymous, and this tells who it is
/// from.
constinit thread_local std::uint64_t handling_now = 0;

/// What this thread has just looked up: actors meet few types, and a delivery meets the same again and again.
struct looked_up_type {
  const std::type_info* type = nullptr;
  message_type number = 0;
};
constexpr std::size_t looked_up_size = 32;
constinit thread_local std::array<looked_up_type, looked_up_size> looked_up{};

message_type type_of(const caf::mailbox_element& element) {
  const auto& content = element.content();
  if (content.size() == 0) return message_type_of_caf(0);
  const auto [number, type] = content.type(0);
  if (type == nullptr) return message_type_of_caf(number);
  auto& place = looked_up[(reinterpret_cast<std::uintptr_t>(type) >> 4U) % looked_up_size];
  if (place.type != type) [[unlikely]]
    place = {type, message_type_of(*type)};
  return place.number;
}

/// As texts that live for ever.
std::string_view text_of(const caf::error& reason) {
  if (!reason) return "normal";
  if (reason.category() != caf::atom("exit")) return "error";
  switch (static_cast<caf::exit_reason>(reason.code())) {
    case caf::exit_reason::normal:
      return "normal";
    case caf::exit_reason::unhandled_exception:
      return "unhandled_exception";
    case caf::exit_reason::unknown:
      return "unknown";
    case caf::exit_reason::out_of_workers:
      return "out_of_workers";
    case caf::exit_reason::user_shutdown:
      return "user_shutdown";
    case caf::exit_reason::kill:
      return "kill";
    case caf::exit_reason::remote_link_unreachable:
      return "remote_link_unreachable";
    case caf::exit_reason::unreachable:
      return "unreachable";
  }
  return "error";
}

void note_flow_to(const live_actor& actor, const envelope_seen& envelope) {
  message_flow flow{envelope.origin, envelope.entity, envelope.type};
  if (actor.entity.kind == entity_kind::session) {
    // What reaches a session is on its way from what it concerns to who sits there.
    const auto person = actor.person.load(std::memory_order_relaxed);
    flow.from = envelope.entity;
    flow.to = person != 0 ? entity_name{entity_kind::person, person} : actor.entity;
  } else if (actor.entity != envelope.entity) {
    return;  // on its way: whom it concerns will get it
  }
  if (flow.from.id == 0 || flow.to.id == 0 || flow.from == flow.to) return;
  note_flow(flow, envelope.count);
}

}  // namespace

void live_actors_started(live_actor& actor) { live_actors::all().started(actor); }

void live_actors_stopped(live_actor& actor, const caf::error& reason) {
  live_actors::all().stopped(actor, text_of(reason));
}

void watch_arrival(live_actor& receiver, std::uint8_t watched, std::uint64_t place,
                   caf::mailbox_element& element) {
  const auto level = level_in(watched);
  // What is shared with other receivers says itself what caused it.
  if ((watched & watched_traces) != 0 && !element.content().shared())
    if (auto* trace = trace_in(type_of(element), element.content())) *trace = trace_from_here(*trace);
  if (level == inspection_level::kinds) return;
  receiver.time_waiting(place);
  if (level != inspection_level::edges) return;
  const auto from = element.sender ? element.sender->id() : handling_now;
  // What comes from outside has no edge, and timers of its own would be one of every actor to itself.
  if (from == 0 || from == receiver.number) return;
  const auto type = type_of(element);
  note_edge({from, receiver.number, type}, text_bytes_in(type, element.content()));
}

void watch_peer_message(const live_actor& link, message_type type, std::size_t bytes) {
  note_edge({0, link.number, type}, bytes);
}

message_watch::message_watch(live_actor& actor, std::uint8_t watched, const caf::mailbox_element& element)
    : actor_(actor), level_(level_in(watched)), type_(type_of(element)), handling_before_(handling_now) {
  if ((watched & watched_traces) != 0)
    if (const auto* trace = trace_in(type_, element.content()); trace != nullptr && *trace)
      step_.emplace(*trace, span_actor{actor.number, actor.kind, actor.entity}, message_type_text(type_));
  if (level_ == inspection_level::kinds) return;
  auto& counts = actor.counted();
  actor.has_refused = false;
  const auto handled_so_far = actor.handled.load(std::memory_order_relaxed);
  actor.meet_timed(handled_so_far + 1, counts);
  const auto waiting = actor.enqueued.load(std::memory_order_relaxed) - handled_so_far;
  if (waiting > counts.mailbox_highest.load(std::memory_order_relaxed))
    counts.mailbox_highest.store(waiting, std::memory_order_relaxed);
  if (level_ != inspection_level::edges) return;
  handling_now = actor.number;
  if (actor.entity) envelope_ = envelope_in(type_, element.content());
}

message_watch::~message_watch() { handling_now = handling_before_; }

void message_watch::handled(std::int64_t took_ns) {
  if (level_ == inspection_level::kinds) return;
  auto& counts = actor_.counted();
  counts.types.add(type_);
  if (actor_.has_refused) counts.add_refused(type_);
  if (took_ns >= 0) counts.handling.observe(took_ns);
  if (envelope_) note_flow_to(actor_, *envelope_);
}

}  // namespace parley
