#include "tools/parley/topology/model.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "tests/tools/topology/sample.hpp"
#include "tools/parley/topology/moment.hpp"
#include "tools/parley/topology/selection.hpp"

// A snapshot is read as its schema says, and written again without a loss.

namespace parley::topology {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Calls with every object in a value, its path told by `each` itself.
void for_each_object(json::value& in, const std::function<void(json::object&)>& each) {
  if (auto* array = in.if_array())
    for (auto& one : *array) for_each_object(one, each);
  if (auto* object = in.if_object()) {
    each(*object);
    for (auto& member : *object) for_each_object(member.value(), each);
  }
}

TEST(model_test, ASnapshotIsWrittenAsItWasRead) {
  const auto before = sample_value();
  EXPECT_EQ(json::value(to_json(sample())), before);
}

TEST(model_test, MembersOfALaterVersionAreIgnored) {
  auto value = sample_value();
  for_each_object(value, [](json::object& each) {
    // Types and links have names of their own for members.
    if (!each.empty() && !each.contains("append_entry") && !each.contains("deliver") &&
        !each.contains("node-2"))
      each["of_a_later_version"] = "x";
  });
  const auto read = read_snapshot(value);
  ASSERT_FALSE(read.has_error()) << read.error().message;
  EXPECT_TRUE(json::value(to_json(*read)) == sample_value());
}

TEST(model_test, EachMemberThatIsMissingOrOfAnotherTypeIsNamed) {
  for (const char* list : {"nodes", "kinds", "actors", "edges", "flows"}) {
    const auto whole = sample_value();
    const auto members = whole.at(list).at(0).as_object();
    for (const auto& member : members) {
      const std::string name{member.key().data(), member.key().size()};
      if (name == "bytes" || name == "name" || name == "links" || std::string{list} == "flows") continue;
      auto without = whole;
      without.at(list).at(0).as_object().erase(name);
      const auto read = read_snapshot(without);
      ASSERT_TRUE(read.has_error()) << list << " without " << name;
      EXPECT_THAT(read.error().message, HasSubstr(std::string{list} + "[0]." + name + " is missing"));
      auto wrong = whole;
      wrong.at(list).at(0).as_object()[name] = json::array{};
      const auto other = read_snapshot(wrong);
      ASSERT_TRUE(other.has_error()) << list << " with an array for " << name;
      EXPECT_THAT(other.error().message, HasSubstr(std::string{list} + "[0]." + name));
    }
  }
}

TEST(model_test, WhatIsNoSnapshotIsRefusedInWords) {
  EXPECT_THAT(read_snapshot(json::value("x")).error().message, HasSubstr("no JSON object"));
  EXPECT_THAT(read_snapshot(json::object{}).error().message, HasSubstr("schema is missing"));
  auto later = sample_value();
  later.as_object()["schema"] = "parley.topology/2";
  EXPECT_THAT(read_snapshot(later).error().message, HasSubstr("'parley.topology/2'"));
  auto negative = sample_value();
  negative.at("actors").at(1).as_object()["mailbox"] = -1;
  EXPECT_THAT(read_snapshot(negative).error().message, HasSubstr("actors[1].mailbox is no whole number"));
  auto nameless = sample_value();
  nameless.at("edges").at(2).as_object()["to"] = "no-number";
  EXPECT_THAT(read_snapshot(nameless).error().message, HasSubstr("edges[2].to is no actor's id"));
}

TEST(moment_test, TimesAreReadAndWrittenByRfc3339) {
  EXPECT_EQ(moment_of("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(moment_of("2026-05-01T12:00:00.25Z"), 1'777'636'800'250);
  EXPECT_EQ(moment_of("2026-05-01T14:00:00.250999+02:00"), 1'777'636'800'250);
  EXPECT_EQ(moment_text(1'777'636'800'250), "2026-05-01T12:00:00.250Z");
  for (const char* wrong : {"", "now", "2026-05-01", "2026-05-01T12:00:00", "2026-13-01T12:00:00Z",
                            "2026-02-30T12:00:00Z", "2026-05-01T25:00:00Z", "2026-05-01T12:00:00.Z",
                            "2026-05-01T12:00:00Zx", "-026-05-01T12:00:00Z", "2026-05-01T12:00:00+02"})
    EXPECT_EQ(moment_of(wrong), std::nullopt) << wrong;
}

TEST(selection_test, EdgesAndFlowsOfWhatIsWantedStay) {
  auto taken = sample();
  select(taken, {{"session"}, "node-2", "", 0, top_by::messages});
  ASSERT_EQ(taken.actors.size(), 1);
  EXPECT_EQ(taken.actors[0].id, "node-2/2");
  for (const auto& each : taken.edges) EXPECT_TRUE(each.from == "node-2/2" || each.to == "node-2/2");
  EXPECT_EQ(taken.edges.size(), 2);
  EXPECT_THAT(taken.flows, IsEmpty());
  ASSERT_EQ(taken.kinds.size(), 1);
  EXPECT_EQ(taken.nodes[1].actors_shown, 1);
  EXPECT_EQ(taken.nodes[1].actors, 3);
}

TEST(selection_test, AnEntityKeepsItsFlowsWhetherItHasAnActorOrNot) {
  auto taken = sample();
  select(taken, {{}, "", "person:gone", 0, top_by::messages});
  EXPECT_THAT(taken.actors, IsEmpty());
  EXPECT_EQ(taken.flows.size(), 2);
}

TEST(selection_test, TheHeaviestComeFirst) {
  const auto ids_by = [](top_by what) {
    auto taken = sample();
    select(taken, {{}, "", "", 2, what});
    return std::vector<std::string>{taken.actors.at(0).id, taken.actors.at(1).id};
  };
  EXPECT_THAT(ids_by(top_by::messages), ElementsAre("node-1/1", "node-2/1"));
  EXPECT_THAT(ids_by(top_by::mailbox), ElementsAre("node-1/1", "node-1/5"));
  EXPECT_THAT(ids_by(top_by::time), ElementsAre("node-1/1", "node-2/1"));
}

}  // namespace
}  // namespace parley::topology
