#include "actors/inspection/live_actors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "actors/contract/values/topology.hpp"

namespace parley {
namespace {

/// An actor as the registry sees it; gone with its scope.
struct listed {
  explicit listed(std::uint64_t number, entity_name entity = {}) {
    actor.number = number;
    actor.kind = "test";
    actor.entity = entity;
    live_actors::all().started(actor);
  }
  ~listed() { live_actors::all().stopped(actor, "kill"); }
  listed(const listed&) = delete;
  listed& operator=(const listed&) = delete;
  live_actor actor;
};

std::vector<std::uint64_t> numbers_there() {
  std::vector<std::uint64_t> numbers;
  live_actors::all().for_each([&](const live_actor& each) { numbers.push_back(each.number); });
  std::ranges::sort(numbers);
  return numbers;
}

}  // namespace

TEST(LiveActors, AreListedForAsLongAsTheyLive) {
  const auto before = live_actors::all().count();
  {
    // In one part of the list: first, middle and last of it go in turn.
    auto one = std::make_unique<listed>(1);
    auto two = std::make_unique<listed>(65);
    auto three = std::make_unique<listed>(129);
    const listed other{2};
    EXPECT_EQ(numbers_there(), (std::vector<std::uint64_t>{1, 2, 65, 129}));
    two.reset();
    EXPECT_EQ(numbers_there(), (std::vector<std::uint64_t>{1, 2, 129}));
    three.reset();
    one.reset();
    EXPECT_EQ(numbers_there(), (std::vector<std::uint64_t>{2}));
    EXPECT_EQ(live_actors::all().count(), before + 1);
  }
  EXPECT_EQ(live_actors::all().count(), before);
}

TEST(LiveActors, TellWhoCameAndWentWithDenseNumbers) {
  const auto before = live_actors::all().last_event();
  { const listed one{7, {entity_kind::conversation, 12}}; }
  const auto read = live_actors::all().events_after(before);
  EXPECT_EQ(read.last, before + 2);
  EXPECT_EQ(read.lost, 0U);
  ASSERT_EQ(read.events.size(), 2U);
  EXPECT_EQ(read.events[0].number, before + 1);
  EXPECT_TRUE(read.events[0].has_started);
  EXPECT_EQ(read.events[0].entity, (entity_name{entity_kind::conversation, 12}));
  EXPECT_EQ(read.events[1].number, before + 2);
  EXPECT_FALSE(read.events[1].has_started);
  EXPECT_EQ(read.events[1].reason, "kill");
  EXPECT_TRUE(live_actors::all().events_after(read.last).events.empty());
  EXPECT_TRUE(live_actors::all().events_after(read.last + 100).events.empty());
}

TEST(LiveActors, TellHowMuchWasForgotten) {
  const auto before = live_actors::all().last_event();
  constexpr std::size_t rounds = changes_kept / 2 + 50;
  for (std::size_t i = 0; i < rounds; ++i) const listed one{3};
  const auto read = live_actors::all().events_after(before);
  EXPECT_EQ(read.last, before + 2 * rounds);
  EXPECT_EQ(read.lost, 100U);
  ASSERT_EQ(read.events.size(), changes_kept);
  for (std::size_t i = 0; i < read.events.size(); ++i) ASSERT_EQ(read.events[i].number, before + 100 + i + 1);
}

TEST(LiveActors, CallWhoWaitsForTheNextOnce) {
  int calls = 0;
  const auto last = live_actors::all().last_event();
  EXPECT_TRUE(live_actors::all().call_after(last, [&] { ++calls; }));
  EXPECT_EQ(calls, 0);
  { const listed one{5}; }
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(live_actors::all().call_after(last, [&] { ++calls; })) << "there is something already";
  { const listed one{5}; }
  EXPECT_EQ(calls, 1);
}

TEST(LiveActors, WaitingIsTimedFromArrivalToItsTurn) {
  live_actor actor;
  actor_counts counts;
  for (std::uint64_t place = 1; place <= 64; ++place) actor.time_waiting(place);
  const auto since = actor.timed_since_ns.load();
  EXPECT_EQ(actor.timed_place.load(), 1U);
  EXPECT_GT(since, 0);
  actor.time_waiting(65);
  EXPECT_EQ(actor.timed_since_ns.load(), since) << "one at a time";
  actor.meet_timed(1, counts);
  EXPECT_EQ(counts.waited.seen().count, 1U);
  actor.time_waiting(129);
  actor.meet_timed(128, counts);
  EXPECT_EQ(counts.waited.seen().count, 1U) << "it is not its turn yet";
  // Its turn was before it could be noted: the next one is timed instead.
  actor.meet_timed(130, counts);
  EXPECT_EQ(counts.waited.seen().count, 1U);
  EXPECT_EQ(actor.timed_place.load(), 0U);
}

TEST(TimeBuckets, GiveUpperBoundsOfPercentiles) {
  time_buckets times;
  EXPECT_EQ(times.seen().count, 0U);
  for (int i = 0; i < 98; ++i) times.observe(3'500);  // up to 4 µs
  times.observe(900'000);                             // up to 1,024
  times.observe(7'000'000'000);                       // beyond the last bound
  const auto seen = times.seen();
  EXPECT_EQ(seen.count, 100U);
  EXPECT_EQ(seen.p50_us, 4);
  EXPECT_EQ(seen.p99_us, 1'024);
  EXPECT_EQ(seen.max_us, 7e6);
  EXPECT_NEAR(seen.sum_us, 98 * 3.5 + 900 + 7e6, 1);
}

TEST(TypeCounts, CountTogetherWhatFindsNoPlace) {
  type_counts counts;
  for (message_type type = 10; type < 50; ++type) {
    counts.add(type);
    counts.add(type);
  }
  std::uint64_t others = 0;
  std::size_t types = 0;
  counts.for_all([&](message_type type, std::uint64_t count) {
    if (type == other_message_types) {
      others = count;
      return;
    }
    ++types;
    EXPECT_EQ(count, 2U);
  });
  EXPECT_EQ(types, type_counts::size);
  EXPECT_EQ(others, 2 * (40 - type_counts::size));
}

}  // namespace parley
