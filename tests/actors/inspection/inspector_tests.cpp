#include "actors/inspection/inspector.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "actors/inspection/level.hpp"
#include "actors/inspection/live_actors.hpp"
#include "actors/inspection/message_graph.hpp"
#include "actors/inspection/pseudonyms.hpp"

namespace parley {
namespace {

using namespace std::chrono_literals;

template <class T>
struct answer {
  std::promise<outcome<T>> promise;
  std::future<outcome<T>> future = promise.get_future();
  std::function<void(outcome<T>)> take() {
    return [this](outcome<T> given) { promise.set_value(std::move(given)); };
  }
  outcome<T> get() {
    if (future.wait_for(20s) != std::future_status::ready) return failure{errc::internal, "no answer", {}};
    return future.get();
  }
};

inspector_setup setup_of(inspection_level level = inspection_level::kinds) {
  return {"node-1", {5}, "1.0", level, "secret"};
}

}  // namespace

TEST(InspectionLevel, IsRaisedForAWhileAndEndsByItself) {
  level_keeper keeper{inspection_level::kinds};
  const timestamp_ms now = wall_clock_ms();
  auto on = keeper.raise(inspection_level::edges, now + 1'000, now);
  EXPECT_EQ(on.level, inspection_level::edges);
  EXPECT_EQ(on.until, now + 1'000);
  EXPECT_EQ(inspection_level_now(), inspection_level::edges);
  EXPECT_TRUE(read_graphs().since);
  on = keeper.raise(inspection_level::counts, now + 5'000, now);
  EXPECT_EQ(on.level, inspection_level::edges) << "asking for less lowers nothing";
  EXPECT_EQ(on.until, now + 1'000);
  EXPECT_EQ(keeper.look(now + 1'001), now + 5'000) << "then what was asked for longer goes on";
  EXPECT_EQ(inspection_level_now(), inspection_level::counts);
  EXPECT_FALSE(read_graphs().since);
  EXPECT_FALSE(keeper.look(now + 5'001));
  EXPECT_EQ(inspection_level_now(), inspection_level::kinds);
}

TEST(InspectionLevel, EndsAtOnceForKindsButNotBelowTheConfiguration) {
  level_keeper keeper{inspection_level::counts};
  const timestamp_ms now = wall_clock_ms();
  EXPECT_EQ(inspection_level_now(), inspection_level::counts);
  EXPECT_FALSE(keeper.raise(inspection_level::counts, now + 1'000, now).until) << "it is on anyway";
  keeper.raise(inspection_level::edges, now + 1'000, now);
  const auto on = keeper.raise(inspection_level::kinds, now + 1'000, now);
  EXPECT_EQ(on.level, inspection_level::counts);
  EXPECT_FALSE(on.until);
}

TEST(InspectionLevel, GraphsBeginAnewWithEveryTime) {
  level_keeper keeper{inspection_level::kinds};
  const timestamp_ms now = wall_clock_ms();
  note_edge({1, 2, 3});
  keeper.raise(inspection_level::edges, now + 1'000, now);
  EXPECT_TRUE(read_graphs().edges.empty()) << "nothing was counted before";
  note_edge({1, 2, 3}, 10);
  note_edge({1, 2, 3}, 10);
  note_edge({1, 2, 4});
  const auto graphs = read_graphs();
  ASSERT_EQ(graphs.edges.size(), 2U);
  EXPECT_EQ(graphs.edges[0].count, 2U);
  EXPECT_EQ(graphs.edges[0].extra, 20U);
  keeper.raise(inspection_level::kinds, now, now);
  keeper.raise(inspection_level::edges, now + 1'000, now);
  EXPECT_TRUE(read_graphs().edges.empty());
}

TEST(MessageGraph, BoundsHoldOverAllThreads) {
  const level_keeper keeper{inspection_level::edges};
  // One thread meets more keys than it can keep, another one few of the same.
  constexpr std::uint64_t keys = keys_a_stripe * 2;
  std::thread{[] {
    for (std::uint64_t i = 1; i <= keys; ++i) note_edge({i, 1, 1});
  }}.join();
  std::thread{[] {
    for (std::uint64_t i = 1; i <= 10; ++i)
      for (int times = 0; times < 5; ++times) note_edge({i, 1, 1});
  }}.join();
  const auto graphs = read_graphs();
  EXPECT_GE(graphs.forgotten, keys_a_stripe);
  std::size_t found = 0;
  for (const auto& edge : graphs.edges) {
    const std::uint64_t truth = edge.key.from <= 10 ? 6 : 1;
    EXPECT_GE(edge.count, truth) << edge.key.from;
    EXPECT_LE(edge.count - edge.error, truth) << edge.key.from;
    EXPECT_LE(edge.error, graphs.forgotten);
    if (edge.key.from <= 10) ++found;
  }
  EXPECT_EQ(found, 10U);
}

TEST(Pseudonyms, AreTheSameForTheSameAndTellNothing) {
  const pseudonyms here{"secret"};
  const pseudonyms there{"secret"};
  const pseudonyms elsewhere{"other"};
  const entity_name alice{entity_kind::person, 42};
  const auto shown = here.of(alice);
  EXPECT_EQ(shown, there.of(alice));
  EXPECT_NE(shown, elsewhere.of(alice));
  EXPECT_NE(shown.substr(7), here.of({entity_kind::conversation, 42}).substr(13));
  EXPECT_EQ(shown.size(), 17U);
  EXPECT_TRUE(shown.starts_with("person:"));
  EXPECT_EQ(shown.find("42"), std::string::npos);
  EXPECT_EQ(here.of({}), "");
  EXPECT_EQ(plain_name(alice), "person:42");
  const entity_name session{entity_kind::session, 1};
  EXPECT_NE(here.of(session, "11"), here.of(session, "12")) << "each node has a first one";
  EXPECT_EQ(plain_name(session, "node-1"), "session:node-1/1");
}

TEST(Inspector, AnswersWithTheNodesName) {
  inspector source{setup_of()};
  answer<topology_part> answered;
  source.look({}, answered.take());
  const auto part = answered.get();
  ASSERT_TRUE(part.has_value());
  EXPECT_EQ(part.value().node, "node-1");
  EXPECT_EQ(part.value().incarnation, incarnation_id{5});
}

TEST(Inspector, TellsChangesAsSoonAsThereAreSome) {
  inspector source{setup_of()};
  answer<topology_changes> newest;
  source.changes({}, 0s, false, newest.take());
  const auto last = newest.get().value().last;
  answer<topology_changes> waiting;
  source.changes(last, 20s, true, waiting.take());
  live_actor actor;
  actor.number = 9;
  actor.kind = "test";
  actor.entity = {entity_kind::person, 4};
  live_actors::all().started(actor);
  const auto told = waiting.get();
  live_actors::all().stopped(actor, "normal");
  ASSERT_TRUE(told.has_value());
  ASSERT_GE(told.value().changes.size(), 1U);
  EXPECT_EQ(told.value().changes[0].number, last + 1);
  EXPECT_EQ(told.value().changes[0].entity, "person:4");
}

TEST(Inspector, AnswersWhenTheTimeIsUpAndNothingHappened) {
  inspector source{setup_of()};
  const auto last = live_actors::all().last_event();
  answer<topology_changes> waiting;
  source.changes(last, 1ms, false, waiting.take());
  const auto told = waiting.get();
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(told.value().last, last);
  EXPECT_TRUE(told.value().changes.empty());
}

TEST(Inspector, LetsNoMoreWaitThanItMay) {
  answer<topology_changes> one;
  answer<topology_changes> two;
  {
    inspector source{setup_of(), {64, 1}};
    const auto last = live_actors::all().last_event();
    source.changes(last, 20s, false, one.take());
    source.changes(last, 20s, false, two.take());
    EXPECT_EQ(two.get().error().code, errc::overloaded);
  }
  EXPECT_EQ(one.get().error().code, errc::unavailable) << "the node stops";
}

TEST(Inspector, EndsALeaseWithoutBeingAsked) {
  inspector source{setup_of()};
  const auto on = source.raise_level(inspection_level::counts, 1s);
  EXPECT_EQ(on.level, inspection_level::counts);
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (inspection_level_now() != inspection_level::kinds &&
         std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(inspection_level_now(), inspection_level::kinds);
}

}  // namespace parley
