#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "actors/contract/values/inspection.hpp"
#include "actors/inspection/message_types.hpp"
#include "actors/inspection/shared_text.hpp"

namespace parley {

inline std::int64_t steady_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

/// How long something took, in buckets that double: up to 1 µs, 2 µs … 1 s and more. One thread writes at a
/// time, any may read.
class time_buckets {
public:
  static constexpr std::size_t bucket_count = 22;

  void observe(std::int64_t ns) {
    const auto took = static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0));
    const auto us = (took + 999) / 1'000;
    const auto place =
        us <= 1 ? 0
                : std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(us - 1)), bucket_count - 1);
    bump(counts_[place], 1U);
    bump(sum_ns_, took);
    if (took > max_ns_.load(std::memory_order_relaxed)) max_ns_.store(took, std::memory_order_relaxed);
  }
  [[nodiscard]] times_seen seen() const;

private:
  /// Without a locked instruction, since nobody else writes.
  template <class T>
  static void bump(std::atomic<T>& value, T by) {
    value.store(value.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }

  std::array<std::atomic<std::uint32_t>, bucket_count> counts_{};
  std::atomic<std::uint64_t> sum_ns_{0};
  std::atomic<std::uint64_t> max_ns_{0};
};

/// What one actor handled, by type of message: a small flat table, since an actor meets few types. What finds
/// no place is counted together. One thread writes at a time, any may read.
class type_counts {
public:
  static constexpr std::size_t size = 32;

  void add(message_type type) {
    for (std::size_t i = 0; i < size; ++i) {
      auto& cell = cells_[(type + i) % size];
      const auto held = cell.load(std::memory_order_relaxed);
      if (held == 0) return cell.store(pack(type, 1), std::memory_order_relaxed);
      if (type_in(held) == type) return cell.store(held + 1, std::memory_order_relaxed);
    }
    others_.store(others_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  /// Calls with each type and its count.
  template <class Call>
  void for_all(Call call) const {
    for (const auto& cell : cells_)
      if (const auto held = cell.load(std::memory_order_relaxed); held != 0)
        call(type_in(held), held & count_mask);
    if (const auto others = others_.load(std::memory_order_relaxed); others != 0)
      call(other_message_types, others);
  }

private:
  // The type above, the count below: written and read as one.
  static constexpr unsigned count_bits = 48;
  static constexpr std::uint64_t count_mask = (std::uint64_t{1} << count_bits) - 1;
  static std::uint64_t pack(message_type type, std::uint64_t count) {
    return std::uint64_t{type} << count_bits | count;
  }
  static message_type type_in(std::uint64_t held) { return static_cast<message_type>(held >> count_bits); }

  std::array<std::atomic<std::uint64_t>, size> cells_{};
  std::atomic<std::uint64_t> others_{0};
};

/// What is counted of one actor from level `counts` on.
struct actor_counts {
  type_counts types;
  time_buckets waited;
  time_buckets handling;
  std::atomic<std::uint64_t> mailbox_highest{0};
  // Few actors ever refuse anything.
  std::atomic<type_counts*> refused{nullptr};

  actor_counts() = default;
  actor_counts(const actor_counts&) = delete;
  actor_counts& operator=(const actor_counts&) = delete;
  ~actor_counts() { delete refused.load(std::memory_order_relaxed); }

  /// Called by the thread that runs the actor.
  void add_refused(message_type type) {
    auto* there = refused.load(std::memory_order_relaxed);
    if (there == nullptr) {
      there = std::make_unique<type_counts>().release();
      refused.store(there, std::memory_order_release);
    }
    there->add(type);
  }
};

/// What the inspection knows of an actor that lives. Lies in the actor itself.
struct live_actor {
  // Set before it is in the registry, and never changed there.
  std::uint64_t number = 0;
  std::uint64_t parent = 0;  // 0: the program
  std::string_view kind;
  entity_name entity;
  std::int32_t shard = -1;  // -1: none
  std::string peer;         // the node that a link leads to
  timestamp_ms started_at = 0;
  // Change while it lives.
  std::atomic<std::int64_t> person{0};  // who uses a session, once that is known
  shared_text name;                     // of that person, or of a group; shown only to who may see names
  std::atomic<std::uint64_t> enqueued{0};
  std::atomic<std::uint64_t> handled{0};
  std::atomic<actor_counts*> counts{nullptr};
  // Of the message whose waiting is timed: its place among all that came (0: none is), and when it came.
  std::atomic<std::uint64_t> timed_place{0};
  std::atomic<std::int64_t> timed_since_ns{0};
  // The message that is handled now was answered with a refusal. The running thread's own.
  bool has_refused = false;
  // The registry's.
  live_actor* next = nullptr;
  live_actor* before = nullptr;
  bool is_listed = false;

  live_actor() = default;
  live_actor(const live_actor&) = delete;
  live_actor& operator=(const live_actor&) = delete;
  ~live_actor() { delete counts.load(std::memory_order_relaxed); }

  /// Made with the first message that is counted. Called by the thread that runs the actor.
  actor_counts& counted() {
    if (auto* there = counts.load(std::memory_order_relaxed)) return *there;
    auto made = std::make_unique<actor_counts>();
    counts.store(made.get(), std::memory_order_release);
    return *made.release();
  }

  /// One message in so many is timed.
  static constexpr std::uint64_t timed_every = 64;
  /// The message at this place (from 1) is about to be put into the mailbox.
  void time_waiting(std::uint64_t place) {
    if (place % timed_every != 1) return;
    std::uint64_t none = 0;
    // Somebody else's is still under way, or this one has the slot now.
    if (!timed_place.compare_exchange_strong(none, place_is_set, std::memory_order_acquire)) return;
    timed_since_ns.store(steady_ns(), std::memory_order_relaxed);
    timed_place.store(place, std::memory_order_release);
  }
  /// The message that comes next was taken out: what is timed is met by counting, which is exact as long as
  /// messages are handled in the order in which they came.
  void meet_timed(std::uint64_t place, actor_counts& to) {
    const auto timed = timed_place.load(std::memory_order_acquire);
    if (timed == 0 || timed == place_is_set || place < timed) return;
    if (place == timed) to.waited.observe(steady_ns() - timed_since_ns.load(std::memory_order_relaxed));
    timed_place.store(0, std::memory_order_release);
  }

private:
  static constexpr auto place_is_set = ~std::uint64_t{0};
};

}  // namespace parley
