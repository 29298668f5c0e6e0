#include "tools/parley/commands/cluster_nodes.hpp"

#include <gmock/gmock.h>

// What operators are shown of nodes, without a node.

namespace parley::commands {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;
namespace json = client::json;

json::object node(const std::string& name, std::uint64_t messages, std::uint64_t beat_age_ms) {
  return {{"name", name},
          {"incarnation", name + "-life"},
          {"state", "serving"},
          {"version", "1.0"},
          {"url", "http://127.0.0.1:1"},
          {"shards", 512},
          {"conversations", 7},
          {"sessions", 3},
          {"messages", messages},
          {"commit_p99_us", 1'500},
          {"link_lag_ms", 4},
          {"link_lags", json::array{json::object{{"peer", "third"}, {"lag_ms", 1}},
                                    json::object{{"peer", "other"}, {"lag_ms", 4}}}},
          {"links", json::array{"other"}},
          {"beat_age_ms", beat_age_ms}};
}

cluster_nodes seen_at(std::chrono::milliseconds time, json::array nodes) {
  return {std::move(nodes), 0, std::chrono::steady_clock::time_point{time}};
}

TEST(message_rates_test, ARateIsWhatWasCountedBetweenTwoBeatsByTheirTimes) {
  message_rates rates;
  rates.learn(seen_at(10'000ms, {node("a", 100, 200)}));
  EXPECT_FALSE(rates.of("a-life"));
  // 1.5 s between the beats, whenever they were asked for.
  rates.learn(seen_at(11'900ms, {node("a", 130, 600)}));
  EXPECT_DOUBLE_EQ(rates.of("a-life").value(), 20.0);
  EXPECT_FALSE(rates.of("b-life"));
}

TEST(message_rates_test, ABeatThatIsSeenTwiceChangesNothing) {
  message_rates rates;
  rates.learn(seen_at(10'000ms, {node("a", 100, 0)}));
  rates.learn(seen_at(11'000ms, {node("a", 110, 0)}));
  rates.learn(seen_at(11'300ms, {node("a", 110, 290)}));
  EXPECT_DOUBLE_EQ(rates.of("a-life").value(), 10.0);
  rates.learn(seen_at(12'000ms, {node("a", 130, 0)}));
  EXPECT_DOUBLE_EQ(rates.of("a-life").value(), 20.0);
}

TEST(message_rates_test, ALifeThatIsNotListedIsForgotten) {
  message_rates rates;
  rates.learn(seen_at(10'000ms, {node("a", 100, 0)}));
  rates.learn(seen_at(11'000ms, {}));
  rates.learn(seen_at(12'000ms, {node("a", 300, 0)}));
  EXPECT_FALSE(rates.of("a-life"));
}

TEST(cluster_nodes_test, TheTableShowsEachNodeAndCountsOnlyLivingPeers) {
  auto gone = node("c", 0, 14'000);
  gone["state"] = "gone";
  auto slow = node("b", 0, 0);
  slow["commit_p99_us"] = 25'400;
  slow["links"] = json::array{};
  slow["link_lag_ms"] = 0;
  message_rates rates;
  rates.learn(seen_at(1'000ms, {node("a", 0, 0)}));
  rates.learn(seen_at(2'000ms, {node("a", 3, 0)}));
  const auto rows = table_of(seen_at(2'000ms, {node("a", 3, 0), slow, gone}), rates);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_THAT(rows[1], ElementsAre("a", "serving", "1.0", "512", "7", "3", "3.0", "1.5 ms", "4 ms to other",
                                   "1/1", "http://127.0.0.1:1"));
  EXPECT_THAT(rows[2], ElementsAre("b", "serving", "1.0", "512", "7", "3", "-", "25 ms", "0 ms", "0/1",
                                   "http://127.0.0.1:1"));
  EXPECT_EQ(rows[3][1], "gone");
}

TEST(cluster_nodes_test, ANodeAloneHasNoLinksToLagBehind) {
  auto alone = node("a", 0, 0);
  alone["links"] = json::array{};
  const auto rows = table_of(seen_at(0ms, {alone}), {});
  EXPECT_EQ(rows[1][8], "-");
  EXPECT_EQ(rows[1][9], "0/0");
}

TEST(cluster_nodes_test, OnlyWhatIsNotWellIsRemarkedOn) {
  auto seen = seen_at(0ms, {node("a", 0, 900), node("b", 0, 5'000)});
  auto secluded = node("c", 0, 0);
  secluded["state"] = "secluded";
  auto gone = node("d", 0, 14'000);
  gone["state"] = "gone";
  seen.nodes.push_back(secluded);
  seen.nodes.push_back(gone);
  seen.free_shards = 9;
  EXPECT_THAT(remarks_about(seen), ElementsAre(HasSubstr("b was last heard of 5 s ago: frozen"),
                                               HasSubstr("c does not reach its peers"),
                                               HasSubstr("d was last heard of 14 s ago; start it again"),
                                               HasSubstr("9 shards are held by nobody")));
  EXPECT_THAT(remarks_about(seen_at(0ms, {node("a", 0, 900)})), IsEmpty());
}

TEST(cluster_nodes_test, AnotherLifeOfTheSameNameIsNotTheOneThatIsWaitedFor) {
  auto gone = node("b", 0, 14'000);
  gone["state"] = "gone";
  const auto seen = seen_at(0ms, {node("a", 0, 0), gone});
  EXPECT_NE(seen.living("a-life"), nullptr);
  EXPECT_EQ(seen.living("b-life"), nullptr);
  EXPECT_EQ(seen.living("earlier-life"), nullptr);
}

TEST(duration_text_test, SaysTwoUnitsAtMost) {
  EXPECT_EQ(duration_text(950), "950 ms");
  EXPECT_EQ(duration_text(1'000), "1 s");
  EXPECT_EQ(duration_text(59'999), "59 s");
  EXPECT_EQ(duration_text(192'000), "3 min 12 s");
  EXPECT_EQ(duration_text(19'200'000), "5 h 20 min");
  EXPECT_EQ(duration_text(273'600'000), "3 d 4 h");
}

TEST(encoded_test, WhatAQueryCannotHoldIsEncoded) {
  EXPECT_EQ(encoded("node-1_x.y"), "node-1_x.y");
  EXPECT_EQ(encoded("a b/\xC3\xA4&"), "a%20b%2F%C3%A4%26");
}

}  // namespace
}  // namespace parley::commands
