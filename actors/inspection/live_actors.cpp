#include "actors/inspection/live_actors.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include "actors/contract/values/topology.hpp"

namespace parley {

namespace {

constexpr std::size_t part_count = 64;

struct alignas(64) part {
  std::mutex mutex;
  live_actor* first = nullptr;
  std::uint64_t count = 0;
};

struct event_ring {
  std::mutex mutex;
  std::vector<actor_event> kept;  // number n lies at n modulo the size
  std::uint64_t last = 0;
  std::function<void()> wake;
};

std::array<part, part_count>& parts() {
  static std::array<part, part_count> all;
  return all;
}

event_ring& ring() {
  static event_ring the_one;
  return the_one;
}

part& part_of(const live_actor& actor) { return parts()[actor.number % part_count]; }

void add_event(const live_actor& actor, bool has_started, timestamp_ms at, std::string_view reason) {
  std::function<void()> wake;
  {
    auto& events = ring();
    const std::scoped_lock lock{events.mutex};
    const actor_event event{++events.last, at,           has_started, actor.number, actor.parent,
                            actor.kind,    actor.entity, actor.shard, reason};
    if (events.kept.size() < changes_kept)
      events.kept.push_back(event);
    else
      events.kept[(event.number - 1) % changes_kept] = event;
    wake = std::exchange(events.wake, nullptr);
  }
  if (wake) wake();
}

}  // namespace

timestamp_ms wall_clock_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

live_actors& live_actors::all() {
  static live_actors the_one;
  return the_one;
}

void live_actors::started(live_actor& actor) {
  actor.started_at = wall_clock_ms();
  {
    auto& in = part_of(actor);
    const std::scoped_lock lock{in.mutex};
    actor.next = in.first;
    if (in.first != nullptr) in.first->before = &actor;
    in.first = &actor;
    ++in.count;
    actor.is_listed = true;
  }
  add_event(actor, true, actor.started_at, {});
}

void live_actors::stopped(live_actor& actor, std::string_view reason) {
  {
    auto& in = part_of(actor);
    const std::scoped_lock lock{in.mutex};
    if (!std::exchange(actor.is_listed, false)) return;
    (actor.before != nullptr ? actor.before->next : in.first) = actor.next;
    if (actor.next != nullptr) actor.next->before = actor.before;
    actor.next = actor.before = nullptr;
    --in.count;
  }
  add_event(actor, false, wall_clock_ms(), reason);
}

void live_actors::for_each(const std::function<void(const live_actor&)>& call) const {
  for (auto& in : parts()) {
    const std::scoped_lock lock{in.mutex};
    for (const auto* each = in.first; each != nullptr; each = each->next) call(*each);
  }
}

std::uint64_t live_actors::count() const {
  std::uint64_t sum = 0;
  for (auto& in : parts()) {
    const std::scoped_lock lock{in.mutex};
    sum += in.count;
  }
  return sum;
}

std::uint64_t live_actors::last_event() const {
  const std::scoped_lock lock{ring().mutex};
  return ring().last;
}

events_read live_actors::events_after(std::uint64_t number) const {
  auto& events = ring();
  const std::scoped_lock lock{events.mutex};
  events_read read;
  read.last = events.last;
  if (number >= events.last) return read;
  const auto oldest = events.last - events.kept.size() + 1;
  const auto first = std::max(number + 1, oldest);
  read.lost = first - (number + 1);
  read.events.reserve(events.last - first + 1);
  for (auto n = first; n <= events.last; ++n) read.events.push_back(events.kept[(n - 1) % changes_kept]);
  return read;
}

bool live_actors::call_after(std::uint64_t number, std::function<void()> wake) {
  auto& events = ring();
  const std::scoped_lock lock{events.mutex};
  if (events.last > number) return false;
  events.wake = std::move(wake);
  return true;
}

}  // namespace parley
