#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/simulated_network.hpp"

namespace parley::simulation {

namespace {

/// Writes down what a node is told, and keeps its ways out.
class diary : public wire_events {
public:
  void opened(incarnation_id /*peer*/, std::uint64_t connection, std::shared_ptr<wire> way) override {
    lines.push_back("opened " + std::to_string(connection));
    ways.push_back(std::move(way));
  }
  void received(incarnation_id /*peer*/, std::uint64_t connection, std::string bytes) override {
    lines.push_back(std::to_string(connection) + ": " + bytes);
  }
  void closed(incarnation_id /*peer*/, std::uint64_t connection) override {
    lines.push_back("closed " + std::to_string(connection));
  }
  void failed(incarnation_id /*peer*/, std::string why) override { lines.push_back("failed: " + why); }

  std::vector<std::string> lines;
  std::vector<std::shared_ptr<wire>> ways;
};

/// Two nodes that expect each other.
class SimulatedNetwork : public testing::Test {
protected:
  static constexpr incarnation_id a{1};
  static constexpr incarnation_id b{2};

  SimulatedNetwork() {
    from_a->expect({address(b)});
    from_b->expect({address(a)});
  }
  static peer_address address(incarnation_id id) {
    return {id, id == a ? "a" : "b", id == a ? "a:1" : "b:1"};
  }
  void pass(int ms) {
    for (int i = 0; i < ms; ++i) {
      ++now;
      network.deliver();
    }
  }
  void connect() {
    from_a->dial(address(b));
    pass(20);
  }

  std::int64_t now = 0;
  simulated_network network{dice(1), [this] { return now; }};
  std::shared_ptr<diary> at_a = std::make_shared<diary>();
  std::shared_ptr<diary> at_b = std::make_shared<diary>();
  std::shared_ptr<peer_network> from_a = network.attach(address(a), at_a);
  std::shared_ptr<peer_network> from_b = network.attach(address(b), at_b);
};

using lines = std::vector<std::string>;

}  // namespace

TEST_F(SimulatedNetwork, ADialOpensBothEnds) {
  connect();
  EXPECT_EQ(at_a->lines, lines{"opened 1"});
  EXPECT_EQ(at_b->lines, lines{"opened 1"});
}

TEST_F(SimulatedNetwork, WhatIsSentArrivesInOrderHoweverLong) {
  network.weather.spike = 0.3;
  connect();
  pass(1'000);
  lines expected{"opened 1"};
  for (int i = 0; i < 100; ++i) {
    at_a->ways.front()->send(std::to_string(i));
    expected.push_back("1: " + std::to_string(i));
  }
  pass(1'000);
  EXPECT_EQ(at_b->lines, expected);
}

TEST_F(SimulatedNetwork, WhoClosesHearsNothingMoreAndTheOtherHearsWhatWasSentBefore) {
  connect();
  at_b->ways.front()->send("too late");
  at_a->ways.front()->send("last words");
  at_a->ways.front()->close();
  pass(20);
  EXPECT_EQ(at_a->lines, lines{"opened 1"});
  EXPECT_EQ(at_b->lines, (lines{"opened 1", "1: last words", "closed 1"}));
  EXPECT_EQ(network.connections(), 0U);
}

TEST_F(SimulatedNetwork, ABreakIsToldToBothAndLosesOnlyWhatCameLast) {
  connect();
  for (int i = 0; i < 20; ++i) at_a->ways.front()->send(std::to_string(i));
  EXPECT_TRUE(network.break_one());
  at_a->ways.front()->send("into the void");
  pass(20);
  EXPECT_EQ(at_a->lines, (lines{"opened 1", "closed 1"}));
  ASSERT_GE(at_b->lines.size(), 2U);
  EXPECT_LT(at_b->lines.size(), 22U);
  EXPECT_EQ(at_b->lines.back(), "closed 1");
  for (std::size_t i = 1; i + 1 < at_b->lines.size(); ++i)
    EXPECT_EQ(at_b->lines[i], "1: " + std::to_string(i - 1));
  EXPECT_FALSE(network.break_one());
}

TEST_F(SimulatedNetwork, ASilentBreakIsToldToNobody) {
  network.weather.ends_silently = 1;
  connect();
  network.break_one();
  at_a->ways.front()->send("into the void");
  at_a->ways.front()->close();
  pass(1'000);
  EXPECT_EQ(at_b->lines, lines{"opened 1"});
}

TEST_F(SimulatedNetwork, ACutHoldsBackOneDirectionUntilItIsMended) {
  network.weather.heals_by_end = 0;
  connect();
  network.cut("a", "b");
  at_a->ways.front()->send("from a");
  at_b->ways.front()->send("from b");
  pass(1'000);
  EXPECT_EQ(at_b->lines, lines{"opened 1"});
  EXPECT_EQ(at_a->lines, (lines{"opened 1", "1: from b"}));
  network.mend("a", "b");
  pass(20);
  EXPECT_EQ(at_b->lines, (lines{"opened 1", "1: from a"}));
}

TEST_F(SimulatedNetwork, ACutThatLastedMayEndTheConnectionWhenItIsMended) {
  network.weather.heals_by_end = 1;
  connect();
  network.cut("b", "a");
  network.mend_all();
  pass(20);
  EXPECT_EQ(at_a->lines, (lines{"opened 1", "closed 1"}));
  EXPECT_EQ(at_b->lines, (lines{"opened 1", "closed 1"}));
}

TEST_F(SimulatedNetwork, ADialIntoACutFailsAfterAWhile) {
  network.cut("b", "a");
  from_a->dial(address(b));
  pass(500);
  EXPECT_TRUE(at_a->lines.empty());
  pass(3'000);
  EXPECT_EQ(at_a->lines, lines{"failed: no answer in time"});
  EXPECT_TRUE(at_b->lines.empty());
}

TEST_F(SimulatedNetwork, StrangersAndEarlierLivesAreTurnedAway) {
  from_b->expect({});
  connect();
  from_b->expect({address(a)});
  from_a->dial({{77}, "b", "b:1"});
  pass(20);
  from_a->dial({{78}, "c", "c:1"});
  pass(20);
  EXPECT_EQ(at_a->lines, (lines{"failed: a stranger is turned away", "failed: somebody else listens there",
                                "failed: connection refused"}));
  EXPECT_TRUE(at_b->lines.empty());
}

TEST_F(SimulatedNetwork, AFrozenNodeHearsEverythingWhenItWakes) {
  connect();
  network.freeze(b);
  at_a->ways.front()->send("are you there?");
  at_a->ways.front()->close();
  pass(1'000);
  EXPECT_EQ(at_b->lines, lines{"opened 1"});
  network.wake(b);
  pass(1);
  EXPECT_EQ(at_b->lines, (lines{"opened 1", "1: are you there?", "closed 1"}));
}

TEST_F(SimulatedNetwork, ADialToAFrozenNodeFailsAfterAWhile) {
  network.freeze(b);
  from_a->dial(address(b));
  pass(4'000);
  EXPECT_EQ(at_a->lines, lines{"failed: no answer in time"});
}

TEST_F(SimulatedNetwork, AProcessThatDiesEndsItsConnectionsAndAMachineDoesNot) {
  connect();
  const auto way = at_b->ways.front();
  way->send("the end");
  network.detach(b, simulated_network::end_of_life::process);
  way->send("from beyond");
  pass(20);
  EXPECT_EQ(at_a->lines, (lines{"opened 1", "1: the end", "closed 1"}));

  const incarnation_id again{3};
  const auto at_c = std::make_shared<diary>();
  const auto from_c = network.attach({again, "b", "b:1"}, at_c);
  from_c->expect({address(a)});
  from_a->dial({again, "b", "b:1"});
  pass(20);
  network.detach(again, simulated_network::end_of_life::machine);
  pass(1'000);
  EXPECT_EQ(at_a->lines.back(), "opened 2");
}

TEST_F(SimulatedNetwork, AStoppedNodeEndsItsConnectionsAndTakesNone) {
  connect();
  from_b->stop();
  pass(20);
  EXPECT_EQ(at_a->lines, (lines{"opened 1", "closed 1"}));
  from_a->dial(address(b));
  pass(20);
  EXPECT_EQ(at_a->lines.back(), "failed: a stranger is turned away");
}

TEST_F(SimulatedNetwork, FramesMayArriveTwice) {
  network.weather.doubles = 1;
  connect();
  at_a->ways.front()->send("again");
  pass(20);
  EXPECT_EQ(at_b->lines, (lines{"opened 1", "1: again", "1: again"}));
}

TEST_F(SimulatedNetwork, WhatAnEndedConnectionStillCarriesMayComeAfterTheNextOneStands) {
  // Not within a connection, but between two of them, order can be lost.
  network.weather.spike = 0.5;
  bool seen = false;
  for (int i = 0; i < 50 && !seen; ++i) {
    connect();
    pass(1'200);
    at_a->lines.clear();
    at_b->lines.clear();
    at_a->ways.back()->send("late");
    at_a->ways.back()->close();
    connect();
    pass(1'200);
    const auto late = std::ranges::find_if(at_b->lines, [](const auto& l) { return l.ends_with("late"); });
    const auto fresh =
        std::ranges::find_if(at_b->lines, [](const auto& l) { return l.starts_with("opened"); });
    seen = late > fresh;
    for (const auto& way : at_a->ways) way->close();
    pass(1'200);
  }
  EXPECT_TRUE(seen);
}

}  // namespace parley::simulation
