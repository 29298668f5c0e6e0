#include "tools/parley/top/app.hpp"

#include <gmock/gmock.h>

#include "tests/tools/top/cluster_of_tests.hpp"
#include "tools/parley/top/plain.hpp"
#include "tools/parley/view/safe_text.hpp"

// What is asked, what keys do and what is seen, without a terminal and without a node.

namespace parley::top {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string text_of_picture(const picture& of) {
  std::string all;
  for (const auto& each : of.rows) all += each.text() + '\n';
  return all;
}

/// An app whose cluster answers whatever it asks: two nodes, a session and a user on each.
class app_test : public ::testing::Test {
protected:
  snapshot answer_to(const question& asked) {
    auto whole = two_nodes(now_ms_, static_cast<std::uint64_t>(now_ms_) / 10);
    for (auto& node : whole.nodes) node.level = level_;
    if (asked.what == question::about::whole) return whole;
    for (const std::string node : {"node-1", "node-2"}) {
      whole.actors.push_back(
          actor_of(node + "/1", "session", static_cast<std::uint64_t>(now_ms_) / 10, "session:s" + node));
      whole.actors.push_back(
          actor_of(node + "/2", "user", static_cast<std::uint64_t>(now_ms_), "person:p" + node));
    }
    if (level_ == "edges")
      whole.edges = {{"node-1/2", "node-1/1", "ask", 7, 0, {}}, {"node-1/1", "node-2/2", "tell", 3, 0, {}}};
    return whole;
  }

  void tick() {
    now_ms_ += 1'000;
    answers told;
    for (const auto& each : app_.questions()) told.parts.emplace_back(each, answer_to(each));
    told.took_ms = 8;
    told.bytes = 14'000;
    app_.take(told);
  }

  void fail(const std::string& why) {
    answers told;
    told.parts.emplace_back(question{}, client::problem{client::trouble::unreachable, why});
    app_.take(told);
  }

  /// After enough looks for rates.
  void look() {
    tick();
    tick();
  }

  effect press(key::name what) { return app_.press({what, ""}); }
  effect type(const std::string& text) {
    auto last = effect::none;
    for (const char each : text) last = app_.press({key::name::text, std::string(1, each)});
    return last;
  }
  std::string screen(int columns = 80, int rows = 24) { return text_of_picture(app_.draw({columns, rows})); }

  std::string level_ = "kinds";
  int now_ms_ = 0;
  app app_{app_settings{}};
};

TEST_F(app_test, BeginsWithTheNodesAndSaysWhatTheLookCost) {
  look();
  const auto shown = screen();
  EXPECT_THAT(shown, HasSubstr("2 nodes · 4 actors · 2,200 msg/s"));
  EXPECT_THAT(shown, HasSubstr("level kinds · skew 20 ms · read in 8 ms, 14 kB, every 1 s"));
  EXPECT_THAT(shown, HasSubstr("› node-1"));
  EXPECT_THAT(shown, HasSubstr("+20 ms"));
}

TEST_F(app_test, AsksForActorsOnlyWhereTheyAreSeen) {
  look();
  EXPECT_EQ(app_.questions().size(), 1U);
  type("3");
  ASSERT_EQ(app_.questions().size(), 2U);
  EXPECT_THAT(app_.questions()[1].path, HasSubstr("edges=0&top=2000&by=messages"));
}

TEST_F(app_test, EnterGoesDownToOneActorAndBackspaceUpAgain) {
  level_ = "edges";
  look();
  press(key::name::down);
  press(key::name::enter);
  EXPECT_THAT(screen(), HasSubstr("node-2 › kinds"));
  press(key::name::enter);
  EXPECT_THAT(screen(), HasSubstr("node-2 › user › actors"));
  EXPECT_THAT(app_.questions()[1].path, HasSubstr("&kind=user&node=node-2"));
  look();
  EXPECT_THAT(screen(), HasSubstr("person:pnode-2"));
  EXPECT_THAT(screen(), Not(HasSubstr("node-1/2")));
  EXPECT_EQ(press(key::name::enter), effect::ask);
  EXPECT_THAT(app_.questions()[1].path, HasSubstr("&entity=person%3Apnode-2"));
  look();
  const auto page = screen();
  EXPECT_THAT(page, HasSubstr("1,000 a second; 6,000 handled of 6,000"));
  EXPECT_THAT(page, HasSubstr("HANDLED BY TYPE"));
  EXPECT_THAT(page, HasSubstr("node-1/1"));
  EXPECT_THAT(page, HasSubstr("session session:snode-1"));
  press(key::name::backspace);
  press(key::name::backspace);
  press(key::name::backspace);
  EXPECT_THAT(screen(), HasSubstr("› node-2"));
}

TEST_F(app_test, FromAnActorOneGoesOnToWhomItTalksTo) {
  level_ = "edges";
  look();
  type("3");
  look();
  // The user of node-1: most messages, and the first by name.
  press(key::name::enter);
  look();
  press(key::name::end);
  press(key::name::enter);
  look();
  EXPECT_THAT(screen(), HasSubstr("node-1 › session › node-1/1"));
}

TEST_F(app_test, BelowLevelEdgesItSaysWhatIsNotCounted) {
  look();
  type("3");
  look();
  press(key::name::enter);
  look();
  EXPECT_THAT(screen(), HasSubstr("not counted below level edges (key l)"));
}

TEST_F(app_test, TheCursorStaysOnItsActorWhenTheOrderChanges) {
  look();
  type("2");
  press(key::name::down);
  EXPECT_THAT(screen(), HasSubstr("› session"));
  type("r");
  const auto shown = screen();
  EXPECT_THAT(shown, HasSubstr("› session"));
  EXPECT_LT(shown.find("› session"), shown.find("  user"));
}

TEST_F(app_test, AFilterCountsWhileItIsTypedAndEscapeTakesItBack) {
  look();
  type("2/");
  type("kind=use");
  EXPECT_THAT(screen(), Not(HasSubstr("session")));
  EXPECT_THAT(screen(), HasSubstr("filter: kind=use"));
  press(key::name::escape);
  EXPECT_THAT(screen(), HasSubstr("session"));
  type("/color=red");
  press(key::name::enter);
  EXPECT_THAT(screen(), HasSubstr("nothing is filtered by 'color'"));
  press(key::name::escape);
  type("/nobody");
  press(key::name::enter);
  EXPECT_THAT(screen(), HasSubstr("nothing fits the filter (c clears it)"));
  type("c");
  EXPECT_THAT(screen(), HasSubstr("session"));
}

TEST_F(app_test, LRaisesTheLevelStepByStepAndLargeLSetsItBack) {
  look();
  EXPECT_EQ(type("l"), effect::count_actors);
  level_ = "counts";
  look();
  EXPECT_EQ(type("l"), effect::count_edges);
  EXPECT_EQ(type("L"), effect::count_less);
  app_.take_level(std::string{"the nodes count edges until 12:10:00 UTC"});
  EXPECT_THAT(screen(), HasSubstr("until 12:10:00"));
}

TEST_F(app_test, PauseIsSaid) {
  look();
  EXPECT_EQ(type("p"), effect::none);
  EXPECT_TRUE(app_.is_paused());
  EXPECT_THAT(screen(), HasSubstr("PAUSED"));
  EXPECT_EQ(type("p"), effect::ask);
  EXPECT_FALSE(app_.is_paused());
}

TEST_F(app_test, WhatIsWrongIsSaidAndTheLastNumbersStay) {
  look();
  fail("the node does not answer\nis it running?");
  EXPECT_THAT(screen(), HasSubstr("! the node does not answer is it running?"));
  EXPECT_THAT(screen(), HasSubstr("node-2"));
  tick();
  EXPECT_THAT(screen(), Not(HasSubstr("does not answer")));
}

TEST_F(app_test, HelpIsShownAndLeft) {
  look();
  type("?");
  EXPECT_THAT(screen(), HasSubstr("quit"));
  EXPECT_THAT(screen(), HasSubstr("Numbers"));
  EXPECT_EQ(type("q"), effect::none);
  EXPECT_THAT(screen(), HasSubstr("NODE"));
  EXPECT_EQ(type("q"), effect::quit);
  for (const auto& each : help_lines()) EXPECT_LE(view::columns_of(each), 80) << each;
}

TEST_F(app_test, FitsIntoAnyScreen) {
  level_ = "edges";
  look();
  for (const std::string keys : {"1", "2", "3", "3\n", "?", "/"}) {
    for (const char each : keys) each == '\n' ? press(key::name::enter) : type(std::string(1, each));
    look();
    for (int rows = 0; rows <= 30; ++rows)
      for (int columns = 0; columns <= 120; columns += 3) {
        const auto shown = app_.draw({columns, rows});
        ASSERT_LE(shown.rows.size(), static_cast<std::size_t>(rows));
        for (const auto& each : shown.rows)
          ASSERT_LE(view::columns_of(each.text()), columns) << each.text() << '|' << columns;
        ASSERT_LT(shown.cursor_row, std::max(rows, 1));
      }
    if (keys == "?") press(key::name::escape);
  }
}

TEST_F(app_test, LinesForPipesHaveTheSame) {
  rates known;
  plain_settings settings;
  for (const int ms : {1'000, 2'000}) {
    now_ms_ = ms;
    known.learn(answer_to({question::about::whole, ""}));
    known.learn_actors(answer_to({question::about::actors, ""}));
  }
  settings.actors = 1;
  const auto block = plain_block(known, settings);
  EXPECT_THAT(block, HasSubstr("2 nodes, 4 actors, 2,200 messages/s"));
  EXPECT_THAT(block, HasSubstr("node-1/2"));
  EXPECT_THAT(block, Not(HasSubstr("node-2/2")));
  const auto object = json_block(known, settings);
  EXPECT_EQ(object.at("actors").as_array().size(), 1U);
  EXPECT_EQ(object.at("nodes").as_array()[0].at("messages_per_second").as_double(), 1'100.0);
  EXPECT_TRUE(object.at("actors").as_array()[0].at("busy").is_null());
}

}  // namespace
}  // namespace parley::top
