#include "actors/inspection/watching.hpp"

#include <gtest/gtest.h>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <map>
#include <string>

#include "actors/contract/interfaces/local_only.hpp"
#include "actors/inspection/live_actors.hpp"
#include "actors/inspection/message_graph.hpp"
#include "actors/inspection/metered.hpp"
#include "actors/inspection/snapshot.hpp"

namespace parley {
namespace {

using test_actor = caf::typed_actor<caf::reacts_to<int>, caf::reacts_to<ask_conversation>,
                                    caf::reacts_to<entries_delivered>, caf::reacts_to<std::string>>;

struct test_setup {
  entity_name entity;
  test_actor next{};     // gets every number, less one, until that is 0
  std::string called{};  // empty: it has no name
};

/// Stands for what it is told; passes numbers and requests on, refuses those with a defect; starts another
/// one for a text; ends with -1.
class watched_state : public metered_state<test_actor, watched_state> {
public:
  static inline const char* name = "watched";
  explicit watched_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior(test_setup setup);

private:
  test_setup setup_;
  test_actor child_;
};

test_actor::behavior_type watched(watched_state::self_pointer self, test_setup setup) {
  return self->state.make_behavior(std::move(setup));
}

watched_state::behavior_type watched_state::make_behavior(test_setup setup) {
  setup_ = std::move(setup);
  self()->shown().entity = setup_.entity;
  if (!setup_.called.empty()) is_called(setup_.called);
  return {[this](int number) {
            if (number < 0) return self()->quit();
            if (number > 0 && setup_.next) caf::anon_send(setup_.next, number - 1);
          },
          [this](const ask_conversation& asked) {
            if (asked.defect) note_refusal();
            if (setup_.next) caf::anon_send(setup_.next, asked);
          },
          [](const entries_delivered&) {},
          [this](const std::string&) { child_ = self()->spawn(watched, test_setup{}); }};
}

class Watching : public testing::Test {
protected:
  struct testing_config : caf::actor_system_config {
    testing_config() { set("scheduler.policy", caf::atom("testing")); }
  };

  ~Watching() override { watch_level(inspection_level::kinds); }

  void run() { dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler()).run(); }
  test_actor start(entity_name entity = {}, test_actor next = {}) {
    auto actor = system_.spawn(watched, test_setup{entity, std::move(next)});
    run();
    return actor;
  }
  static topology_part look(topology_question what = {}) {
    topology_part part;
    what.kinds = {"watched"};
    take_snapshot(what, &text_of, part);
    return part;
  }
  static std::string text_of(const entity_name& entity) {
    return entity ? std::to_string(static_cast<int>(entity.kind)) + ":" + std::to_string(entity.id) : "";
  }
  static const actor_seen& shown(const topology_part& part, const test_actor& actor) {
    static const actor_seen none;
    const auto found = std::ranges::find(part.actors, actor.id(), &actor_seen::number);
    EXPECT_NE(found, part.actors.end());
    return found == part.actors.end() ? none : *found;
  }

  testing_config configuration_;
  caf::actor_system system_{configuration_};
};

/// Counts at this level until the end of the test.
struct at_level {
  explicit at_level(inspection_level level) : keeper(level) {}
  level_keeper keeper;
};

}  // namespace

TEST_F(Watching, CountsOnlyWhatWaitsAtTheLevelOfKinds) {
  const auto actor = start();
  for (int i = 0; i < 5; ++i) caf::anon_send(actor, 0);
  auto part = look();
  EXPECT_EQ(shown(part, actor).mailbox, 5U);
  run();
  part = look();
  EXPECT_EQ(shown(part, actor).mailbox, 0U);
  EXPECT_EQ(shown(part, actor).handled, 5U);
  EXPECT_TRUE(shown(part, actor).types.empty());
  EXPECT_EQ(shown(part, actor).waited.count, 0U);
  EXPECT_FALSE(part.edges_since);
}

TEST_F(Watching, WhatWaitedIsGoneWithAnActorThatSomebodyStillHolds) {
  const auto actor = start();
  const auto before = meter_of("watched").discarded.value();
  caf::anon_send(actor, -1);
  for (int i = 0; i < 3; ++i) caf::anon_send(actor, 0);
  run();
  EXPECT_EQ(meter_of("watched").discarded.value() - before, 3U);
}

TEST_F(Watching, CountsWhatIsRefusedByType) {
  const at_level counts{inspection_level::counts};
  const auto actor = start();
  ask_conversation wrong;
  wrong.defect = failure{errc::bad_request, "no", {}};
  for (const auto& asked : {wrong, ask_conversation{}, wrong}) caf::anon_send(actor, asked);
  caf::anon_send(actor, 0);
  run();
  const auto part = look();
  const auto& seen = shown(part, actor);
  const std::vector<std::pair<std::string, std::uint64_t>> handled{{"@i32", 1}, {"ask_conversation", 3}};
  const std::vector<std::pair<std::string, std::uint64_t>> refused{{"ask_conversation", 2}};
  EXPECT_EQ(seen.types, handled);
  EXPECT_EQ(seen.refused, refused);
}

TEST_F(Watching, ARefusalBelowTheLevelOfCountsIsNobodysLater) {
  const auto actor = start();
  ask_conversation wrong;
  wrong.defect = failure{errc::bad_request, "no", {}};
  caf::anon_send(actor, wrong);
  run();
  const at_level counts{inspection_level::counts};
  caf::anon_send(actor, 0);
  run();
  const auto part = look();
  EXPECT_TRUE(shown(part, actor).refused.empty());
}

TEST_F(Watching, AnEdgeWithinANodeHasTheBytesOfItsTexts) {
  const at_level edges{inspection_level::edges};
  const auto second = start();
  const auto first = start({}, second);
  for (const auto* text : {"twelve bytes", "", "ten bytes!"}) {
    ask_conversation asked;
    auto draft = std::make_shared<entry_draft>();
    draft->text = text;
    asked.what = shared_draft{std::move(draft)};
    caf::anon_send(first, asked);
  }
  ask_conversation marked;
  marked.what = read_mark{4};
  caf::anon_send(first, marked);
  caf::anon_send(first, 1);
  run();
  const auto part = look();
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> between;
  for (const auto& each : part.edges)
    if (each.from == first.id() && each.to == second.id()) between[each.type] = {each.count, each.bytes};
  EXPECT_EQ(between["ask_conversation"], std::pair(std::uint64_t{4}, std::uint64_t{22}));
  EXPECT_EQ(between["@i32"], std::pair(std::uint64_t{1}, std::uint64_t{0}));
}

TEST_F(Watching, NamesAreShownOnlyToWhoAsksForThem) {
  const auto actor = system_.spawn(watched, test_setup{{entity_kind::conversation, 7}, {}, "Friends"});
  run();
  const auto usual = look();
  EXPECT_EQ(shown(usual, actor).name, "");
  topology_question question;
  question.with_names = true;
  const auto named = look(question);
  EXPECT_EQ(shown(named, actor).name, "Friends");
}

TEST_F(Watching, CountsTypesAndTimesByActor) {
  const at_level counts{inspection_level::counts};
  const auto actor = start();
  for (int i = 0; i < 130; ++i) caf::anon_send(actor, 0);
  caf::anon_send(actor, entries_delivered{});
  run();
  const auto part = look();
  const auto& seen = shown(part, actor);
  const std::vector<std::pair<std::string, std::uint64_t>> types{{"@i32", 130}, {"entries_delivered", 1}};
  EXPECT_EQ(seen.types, types);
  EXPECT_EQ(seen.mailbox_highest, 131U);
  EXPECT_EQ(seen.waited.count, 1U)
      << "all were put there before the first was taken, and one at a time is timed";
  EXPECT_GE(seen.handling.count, 2U);
  EXPECT_TRUE(part.edges.empty());
}

TEST_F(Watching, ShowsWhoSendsToWhomThoughTheyDoNotSayWhoTheyAre) {
  const at_level edges{inspection_level::edges};
  const auto last = start();
  const auto middle = start({}, last);
  const auto first = start({}, middle);
  for (int i = 0; i < 3; ++i) caf::anon_send(first, 2);
  run();
  const auto part = look();
  ASSERT_TRUE(part.edges_since);
  ASSERT_EQ(part.edges.size(), 2U);
  for (const auto& edge : part.edges) {
    EXPECT_EQ(edge.count, 3U);
    EXPECT_EQ(edge.error, 0U);
    EXPECT_EQ(edge.type, "@i32");
    EXPECT_EQ(edge.to, edge.from == first.id() ? middle.id() : last.id());
  }
  EXPECT_NE(part.edges[0].from, part.edges[1].from);
}

TEST_F(Watching, LeavesOutEdgesOfWhoIsGone) {
  const at_level edges{inspection_level::edges};
  const auto last = start();
  auto first = start({}, last);
  caf::anon_send(first, 2);
  run();
  EXPECT_EQ(look().edges.size(), 1U);
  caf::anon_send(first, -1);
  run();
  EXPECT_TRUE(look().edges.empty());
}

TEST_F(Watching, KnowsWhoStartedWhom) {
  const auto parent = start();
  caf::anon_send(parent, std::string{"go"});
  run();
  const auto part = look();
  ASSERT_EQ(part.actors.size(), 2U);
  EXPECT_EQ(part.actors[0].parent, 0U);
  EXPECT_EQ(part.actors[1].parent, parent.id());
  EXPECT_EQ(live_actors::all().events_after(part.events - 1).events.at(0).parent, parent.id());
}

TEST_F(Watching, CountsFlowsOncePerMessageHoweverManyActorsItPasses) {
  const at_level edges{inspection_level::edges};
  const entity_name talk{entity_kind::conversation, 12};
  const auto conversation = start(talk);
  const auto on_the_way = start();
  const auto session = start({entity_kind::session, 3});
  ask_conversation ask;
  ask.header = {topic_of(conversation_id{12}), {{1}, {3}}, {}};
  ask.sender = {77};
  ask.what = std::make_shared<const entry_draft>();
  for (const auto& each : {on_the_way, conversation, conversation}) caf::anon_send(each, ask);
  auto read = ask;
  read.what = read_mark{1};
  caf::anon_send(conversation, read);
  const published_entries four = std::make_shared<const std::vector<published_entry>>(4);
  caf::anon_send(session, entries_delivered{ask.header, four, {}});
  run();
  auto part = look();
  ASSERT_EQ(part.flows.size(), 3U);
  EXPECT_EQ(part.flows[0].from + " " + part.flows[0].to + " " + part.flows[0].type,
            text_of(talk) + " 3:3 entries_delivered");
  EXPECT_EQ(part.flows[0].count, 4U) << "entries, not messages";
  EXPECT_EQ(part.flows[1].from + " " + part.flows[1].to + " " + part.flows[1].type,
            "1:77 " + text_of(talk) + " message");
  EXPECT_EQ(part.flows[1].count, 2U);
  EXPECT_EQ(part.flows[2].type, "read");
  topology_question of_one;
  of_one.entity = "1:77";
  part = look(of_one);
  EXPECT_EQ(part.flows.size(), 2U);
  EXPECT_TRUE(part.actors.empty());
}

TEST_F(Watching, ShowsTheHeaviestOnly) {
  const auto idle = start();
  const auto busy = start();
  for (int i = 0; i < 9; ++i) caf::anon_send(busy, 0);
  run();
  caf::anon_send(idle, 0);
  topology_question what;
  what.top = 1;
  EXPECT_EQ(look(what).actors.at(0).number, busy.id());
  what.by = actor_order::mailbox;
  const auto part = look(what);
  ASSERT_EQ(part.actors.size(), 1U);
  EXPECT_EQ(part.actors[0].number, idle.id());
  EXPECT_GE(part.actors_alive, 2U);
  run();
}

TEST_F(Watching, SaysWhyAnActorStopped) {
  const auto before = live_actors::all().last_event();
  caf::anon_send_exit(start(), caf::exit_reason::kill);
  run();
  const auto events = live_actors::all().events_after(before).events;
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].reason, "kill");
  EXPECT_EQ(events[1].kind, "watched");
}

}  // namespace parley
