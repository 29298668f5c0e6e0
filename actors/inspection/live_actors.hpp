#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "actors/inspection/live_actor.hpp"

namespace parley {

/// An event as it is kept; what it says of the actor is copied, since the actor may be gone.
struct actor_event {
  std::uint64_t number = 0;
  timestamp_ms at = 0;
  bool has_started = false;
  std::uint64_t actor = 0;
  std::uint64_t parent = 0;
  std::string_view kind;
  entity_name entity;
  std::int32_t shard = -1;
  std::string_view reason;
};

struct events_read {
  std::uint64_t last = 0;
  std::uint64_t lost = 0;
  std::vector<actor_event> events;
};

/// All actors of this process that live, and the last that started and stopped. Touched when one starts or
/// stops, and by who looks; never by a message.
class live_actors {
public:
  /// The one of this process.
  static live_actors& all();

  void started(live_actor& actor);
  /// `reason` must live for ever.
  void stopped(live_actor& actor, std::string_view reason);
  /// Calls for each, a part of them at a time, while none of that part can start or stop.
  void for_each(const std::function<void(const live_actor&)>& call) const;
  [[nodiscard]] std::uint64_t count() const;

  [[nodiscard]] std::uint64_t last_event() const;
  [[nodiscard]] events_read events_after(std::uint64_t number) const;
  /// Called once, by whoever starts or stops next, unless something came after this number already: then
  /// false, and it is not called. One at a time: another call takes the place of the one before.
  bool call_after(std::uint64_t number, std::function<void()> wake);
};

/// The time as everybody writes it.
timestamp_ms wall_clock_ms();

}  // namespace parley
