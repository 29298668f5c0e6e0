#pragma once

#include <caf/error.hpp>
#include <caf/mailbox_element.hpp>
#include <cstdint>
#include <optional>

#include "actors/contract/values/tracing.hpp"
#include "actors/inspection/flow_of.hpp"
#include "actors/inspection/live_actor.hpp"

/// What happens beside a message while somebody watches; apart from `metered.hpp`, so that every actor that
/// includes that need not know how.
namespace parley {

void live_actors_started(live_actor& actor);
void live_actors_stopped(live_actor& actor, const caf::error& reason);

/// `watched`: see `watched_now`.
///
/// A message is about to be put into this actor's mailbox, by the thread that sends it; `place` is its place
/// among all that came, from 1.
void watch_arrival(live_actor& receiver, std::uint8_t watched, std::uint64_t place,
                   caf::mailbox_element& element);

/// A message came from a peer over this link.
void watch_peer_message(const live_actor& link, message_type type, std::size_t bytes);

/// One message that an actor handles: reads it before (handling may move what is in it), counts it after.
class message_watch {
public:
  message_watch(live_actor& actor, std::uint8_t watched, const caf::mailbox_element& element);
  ~message_watch();
  message_watch(const message_watch&) = delete;
  message_watch& operator=(const message_watch&) = delete;

  /// It was handled, not put back; -1: that was not timed.
  void handled(std::int64_t took_ns);

private:
  live_actor& actor_;
  const inspection_level level_;
  message_type type_;
  std::uint64_t handling_before_;  // the actor that this thread was running, 0: none
  std::optional<envelope_seen> envelope_;
  std::optional<span_under_way> step_;  // of a message that is traced
};

}  // namespace parley
