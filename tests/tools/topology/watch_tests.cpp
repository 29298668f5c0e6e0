#include <gmock/gmock.h>

#include "tests/tools/topology/sample.hpp"
#include "tools/parley/topology/moment.hpp"
#include "tools/parley/topology/state_at.hpp"
#include "tools/parley/topology/watch_lines.hpp"

// The lines of watch, of what nodes answer.

namespace parley::topology {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t noon = 1'777'636'800'000;

change started(std::uint64_t n, const std::string& id, const std::string& kind, const std::string& entity,
               std::int64_t after = 0) {
  return {n, moment_text(noon + after), true, id, kind, entity, std::nullopt, "", ""};
}
change stopped(std::uint64_t n, const std::string& id, const std::string& kind, const std::string& entity,
               std::int64_t after = 0) {
  return {n, moment_text(noon + after), false, id, kind, entity, std::nullopt, "", "unused"};
}
node_changes of(const std::string& node, std::vector<change> changes, std::uint64_t lost = 0) {
  const auto last = changes.empty() ? 0 : changes.back().n;
  return {node, node + "-life", last, lost, std::move(changes)};
}
std::vector<std::string> whats(const watch_lines::lines& lines) {
  std::vector<std::string> out;
  for (const auto& each : lines) out.push_back(client::text_of(each, "what"));
  return out;
}
snapshot look_of(snapshot from, std::int64_t after) {
  from.actors.clear();
  from.taken_at = moment_text(noon + after);
  for (auto& each : from.nodes)
    if (!each.missing) each.cut_at = from.taken_at;
  return from;
}

TEST(watch_lines_test, NumbersAreDenseOverAllKindsOfLines) {
  watch_lines watched{{}};
  std::vector<std::uint64_t> numbers;
  const auto note = [&numbers](const watch_lines::lines& lines) {
    for (const auto& each : lines) numbers.push_back(client::number_of(each, "n"));
  };
  note(watched.take_snapshot(sample()));
  note(watched.take_changes({of("node-1", {started(13, "node-1/9", "session", "session:new")}, 4)}));
  note(watched.take_look(look_of(sample(), 1'000)));
  note(watched.take_look(look_of(sample(), 2'000)));
  note(watched.node_is_silent("node-2", "", "away"));
  note(watched.node_is_silent("node-2", "", "away"));
  note(watched.node_answers("node-2", ""));
  numbers.push_back(client::number_of(watched.line("ended", ""), "n"));
  ASSERT_EQ(numbers.size(), 7);
  for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], i + 1);
}

TEST(watch_lines_test, ItBeginsWithASnapshotAndAsksForWhatFollowsIt) {
  watch_lines watched{{}};
  EXPECT_THAT(whats(watched.take_snapshot(sample())), ElementsAre("snapshot"));
  EXPECT_THAT(watched.cursors(), ElementsAre(testing::Pair("node-1", 12), testing::Pair("node-2", 12)));
}

TEST(watch_lines_test, WhatTheSnapshotHadIsNotToldAgain) {
  watch_lines watched{{}};
  watched.take_snapshot(sample());
  const auto told = watched.take_changes({of("node-1", {started(12, "node-1/8", "session", "session:old"),
                                                        started(13, "node-1/4", "session", "session:s1"),
                                                        started(14, "node-1/9", "session", "session:new")})});
  EXPECT_THAT(whats(told), ElementsAre("actor_started"));
  EXPECT_EQ(watched.cursors().at("node-1"), 14);
  EXPECT_THAT(watched.take_changes({of("node-1", {started(14, "node-1/9", "session", "session:new")})}),
              IsEmpty());
}

TEST(watch_lines_test, AnEntityThatStopsHereAndStartsThereHasMoved) {
  watch_lines watched{{}};
  watched.take_snapshot(sample());
  const auto told =
      watched.take_changes({of("node-2", {started(13, "node-2/40", "conversation", "conversation:c1", 20)}),
                            of("node-1", {stopped(13, "node-1/5", "conversation", "conversation:c1", 10)})});
  EXPECT_THAT(whats(told), ElementsAre("actor_stopped", "actor_started", "actor_moved"));
  EXPECT_EQ(client::text_of(told[2], "from"), "node-1/5");
  EXPECT_EQ(client::text_of(told[2], "to"), "node-2/40");
}

TEST(watch_lines_test, TheEndMayBeHeardOfAfterTheBeginning) {
  watch_lines watched{{}};
  watched.take_snapshot(sample());
  EXPECT_THAT(whats(watched.take_changes(
                  {of("node-2", {started(13, "node-2/40", "conversation", "conversation:c1")})})),
              ElementsAre("actor_started", "actor_moved"));
  EXPECT_THAT(whats(watched.take_changes(
                  {of("node-1", {stopped(13, "node-1/5", "conversation", "conversation:c1")})})),
              ElementsAre("actor_stopped"));
}

TEST(watch_lines_test, AfterALongSleepItHasNotMoved) {
  watch_lines watched{{}};
  watched.take_snapshot(sample());
  watched.take_changes({of("node-1", {stopped(13, "node-1/5", "conversation", "conversation:c1", 0)})});
  EXPECT_THAT(whats(watched.take_changes(
                  {of("node-2", {started(13, "node-2/40", "conversation", "conversation:c1", 60'000)})})),
              ElementsAre("actor_started"));
}

TEST(watch_lines_test, ADeadNodesActorsMoveToWhoTakesThem) {
  watch_lines watched{{}};
  watched.take_snapshot(sample());
  auto later = look_of(sample(), 3'000);
  later.nodes[0].missing = "it did not answer within 2 s";
  const auto told = watched.take_look(later);
  EXPECT_THAT(whats(told), ElementsAre("node_gone"));
  EXPECT_EQ(client::text_of(told[0], "why"), "it did not answer within 2 s");
  EXPECT_FALSE(watched.cursors().contains("node-1"));
  EXPECT_THAT(whats(watched.take_changes(
                  {of("node-2", {started(13, "node-2/40", "conversation", "conversation:c1", 3'500)})})),
              ElementsAre("actor_started", "actor_moved"));
}

TEST(watch_lines_test, ANodeInAnotherLifeWentAndCame) {
  watch_lines watched{{}};
  watched.take_snapshot(sample());
  auto later = look_of(sample(), 3'000);
  later.nodes[1].incarnation = "second-life";
  EXPECT_THAT(whats(watched.take_look(later)), ElementsAre("node_gone", "node_came"));
  // From its first actor on.
  EXPECT_EQ(watched.cursors().at("node-2"), 0);
  // Its old life's news are of nobody.
  EXPECT_THAT(watched.take_changes({of("node-2", {started(13, "node-2/9", "session", "session:x")})}),
              IsEmpty());
}

TEST(watch_lines_test, ANodeThatWasOnlySilentIsLookedAtAnew) {
  watch_lines watched{{}};
  watched.take_snapshot(sample());
  auto silent = look_of(sample(), 1'000);
  silent.nodes[1].missing = "it did not answer within 2 s";
  EXPECT_THAT(whats(watched.take_look(silent)), ElementsAre("node_gone"));
  auto back = look_of(sample(), 2'000);
  back.nodes[1].events = 40;
  EXPECT_THAT(whats(watched.take_look(back)), ElementsAre("node_came", "rates"));
  EXPECT_TRUE(watched.needs_snapshot());
  EXPECT_EQ(watched.cursors().at("node-2"), 40);
}

TEST(watch_lines_test, TheEndOfAnActorIsToldWhetherASnapshotHadRoomForItOrNot) {
  watch_lines watched{{}};
  watched.take_snapshot(sample());
  const std::vector<node_changes> end{of("node-1", {stopped(13, "node-1/70", "session", "session:x")})};
  EXPECT_THAT(watched.take_changes(end), IsEmpty());
  auto large = sample();
  large.nodes[0].actors = 60'000;
  watch_lines other{{}};
  other.take_snapshot(large);
  EXPECT_THAT(whats(other.take_changes(end)), ElementsAre("actor_stopped"));
}

TEST(watch_lines_test, ChangesThatWereLostAreSaidAndCallForASnapshot) {
  watch_lines watched{{}};
  watched.take_snapshot(sample());
  EXPECT_FALSE(watched.needs_snapshot());
  const auto told =
      watched.take_changes({of("node-1", {started(500, "node-1/9", "session", "session:n")}, 487)});
  EXPECT_THAT(whats(told), ElementsAre("changes_lost", "actor_started"));
  EXPECT_EQ(client::number_of(told[0], "count"), 487);
  EXPECT_TRUE(watched.needs_snapshot());
  watched.take_snapshot(sample());
  EXPECT_FALSE(watched.needs_snapshot());
}

TEST(watch_lines_test, RatesAreByTheNodesOwnClocks) {
  watch_lines watched{{}};
  watched.take_snapshot(sample());
  EXPECT_THAT(watched.take_look(look_of(sample(), 0)), IsEmpty());
  auto later = look_of(sample(), 2'000);
  for (auto& each : later.kinds)
    if (each.node == "node-1" && each.kind == "relay") each.handled += 500;
  later.edges[0].count += 30;
  later.edges.push_back({"node-2/2", "node-1/6", "new_type", 4, 0, std::nullopt});
  const auto told = watched.take_look(later);
  EXPECT_THAT(whats(told), ElementsAre("edge_appeared", "rates"));
  EXPECT_EQ(client::text_of(told[0], "type"), "new_type");
  bool is_there = false;
  for (const auto& each : client::array_of(told[1], "kinds")) {
    const auto& kind = client::object_in(each);
    if (client::text_of(kind, "node") != "node-1" || client::text_of(kind, "kind") != "relay") continue;
    EXPECT_DOUBLE_EQ(kind.at("handled_per_s").as_double(), 250);
    is_there = true;
  }
  EXPECT_TRUE(is_there);
  const auto& edges = client::array_of(told[1], "edges");
  ASSERT_EQ(edges.size(), 1);
  EXPECT_DOUBLE_EQ(edges[0].at("per_s").as_double(), 15);
  EXPECT_EQ(edges[0].at("type").as_string(), "append_entry");
}

TEST(watch_lines_test, OnlyWhatIsWantedIsTold) {
  watch_lines watched{{{"conversation"}, "", "", 0, top_by::messages}};
  const auto first = watched.take_snapshot(sample());
  EXPECT_EQ(client::array_of(first[0].at("snapshot").as_object(), "actors").size(), 1);
  EXPECT_THAT(watched.take_changes({of("node-1", {started(13, "node-1/9", "session", "session:new")})}),
              IsEmpty());
  EXPECT_THAT(whats(watched.take_changes(
                  {of("node-1", {stopped(14, "node-1/5", "conversation", "conversation:c1")})})),
              ElementsAre("actor_stopped"));
}

TEST(watch_lines_test, WhatWasThereBeforeDoesNotAppearBecauseItWasNotWanted) {
  for (const auto* const kind : {"conversation", "log_writer"}) {
    watch_lines watched{{{kind}, "", "", 0, top_by::messages}};
    watched.take_snapshot(sample());
    EXPECT_THAT(whats(watched.take_look(look_of(sample(), 1'000))), testing::Not(testing::Contains("edge_appeared")));
    auto later = sample();
    ASSERT_FALSE(later.flows.empty());
    later.flows.front().type = "another";
    const auto told = whats(watched.take_look(look_of(later, 2'000)));
    EXPECT_EQ(std::ranges::count(told, "edge_appeared"), std::string{kind} == "conversation" ? 1 : 0);
  }
}

TEST(watch_lines_test, PeopleGetALineThatCommandsNoTerminal) {
  watch_lines watched{{}};
  const auto first = watched.take_snapshot(sample());
  EXPECT_EQ(readable(first[0]),
            "12:00:00.000  snapshot         9 actors on node-1, node-2, node-3 (missing); 9 edges, 6 flows");
  const auto told =
      watched.take_changes({of("node-1", {stopped(13, "node-1/4", "session", "session:\x1b[2J")})});
  EXPECT_THAT(readable(told.at(0)), HasSubstr("session node-1/4"));
  EXPECT_EQ(readable(told.at(0)).find('\x1b'), std::string::npos);
}

TEST(watch_lines_test, OfManyLinesOfAKindPeopleSeeAFew) {
  watch_lines watched{{}};
  watched.take_snapshot(sample());
  std::vector<change> many;
  for (std::uint64_t i = 0; i < 100; ++i)
    many.push_back(started(13 + i, "node-1/" + std::to_string(100 + i), "shard", ""));
  const auto shown = readable(watched.take_changes({of("node-1", many)}));
  ASSERT_EQ(shown.size(), 6);
  EXPECT_THAT(shown[4], HasSubstr("shard node-1/104"));
  EXPECT_THAT(shown[5], HasSubstr("… and 95 more actor_started"));
  many.resize(6);
  watch_lines other{{}};
  other.take_snapshot(sample());
  EXPECT_EQ(readable(other.take_changes({of("node-1", many)})).size(), 6);
}

TEST(watch_lines_test, SilenceIsSaidWhenItLasts) {
  watch_lines watched{{}};
  watched.take_snapshot(sample());
  EXPECT_THAT(watched.node_is_silent("node-2", "", "away"), IsEmpty());
  EXPECT_THAT(watched.node_answers("node-2", ""), IsEmpty());
  EXPECT_THAT(watched.node_is_silent("node-2", "", "away"), IsEmpty());
  EXPECT_THAT(whats(watched.node_is_silent("node-2", "", "away")), ElementsAre("node_unreachable"));
  EXPECT_THAT(watched.node_is_silent("node-2", "", "away"), IsEmpty());
  EXPECT_THAT(whats(watched.node_answers("node-2", "")), ElementsAre("node_reached"));
}

TEST(changes_test, WhatIsWrongIsNamed) {
  const auto read = [](const char* text) { return read_changes(client::parse_json(text).value()); };
  EXPECT_EQ(
      read(R"({"node":"a","incarnation":"1","last":7,"lost":0,"changes":[{"n":7,"at":"x","what":"started",
    "actor":{"id":"a/1","kind":"session","entity":null,"shard":null,"parent":null}}]})")
          .value()
          .changes.size(),
      1);
  EXPECT_THAT(read("{}").error().message, HasSubstr("node is missing"));
  EXPECT_THAT(
      read(R"({"node":"a","incarnation":"1","last":7,"lost":0,"changes":[{"n":7,"at":"x","what":"fell",
    "actor":{"id":"a/1","kind":"session"}}]})")
          .error()
          .message,
      HasSubstr("changes[0].what is neither"));
}

TEST(state_test, LinesKeepASnapshotUp) {
  watch_lines watched{{}};
  state_at state;
  const auto take = [&state](const watch_lines::lines& lines) {
    for (const auto& each : lines) ASSERT_FALSE(state.take(each).has_error());
  };
  take(watched.take_snapshot(sample()));
  take(watched.take_changes(
      {of("node-1", {stopped(13, "node-1/5", "conversation", "conversation:c1", 10)}),
       of("node-2", {started(13, "node-2/40", "conversation", "conversation:c1", 20)})}));
  auto now = state.at(noon + 30);
  EXPECT_EQ(now.actors.size(), 9);
  EXPECT_EQ(now.actors.back().id, "node-2/40");
  EXPECT_EQ(now.nodes[0].actors, 5);
  EXPECT_EQ(now.nodes[1].actors, 4);
  for (const auto& each : now.edges) EXPECT_TRUE(each.from != "node-1/5" && each.to != "node-1/5");
  auto later = look_of(sample(), 3'000);
  later.nodes[1].missing = "gone";
  take(watched.take_look(later));
  now = state.at(noon + 3'000);
  for (const auto& each : now.actors) EXPECT_EQ(each.node, "node-1");
  EXPECT_EQ(now.nodes[1].missing, "gone");
  // What replay writes is a snapshot again.
  EXPECT_FALSE(read_snapshot(to_json(now)).has_error());
}

}  // namespace
}  // namespace parley::topology
