#include "actors/forwarder/forwarder.hpp"

#include <gtest/gtest.h>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "tests/actors/support/two_forwarders.hpp"

// Calls of clients between two nodes whose links are scripted, on virtual time.

namespace parley {
namespace {

using namespace std::chrono_literals;

class Forwarder : public ::testing::Test {
protected:
  using result = two_forwarders::result;
  two_forwarders nodes;

  /// The other node answers each call with what it was asked.
  void echo() {
    nodes.other.server->is([](forwarded_call call, const std::function<void(forwarded_answer)>& respond) {
      respond({{200, {{"Content-Type", "application/json"}}}, call.body});
    });
  }
  static errc code_of(const result& given) { return given->error().code; }
};

TEST_F(Forwarder, BringsACallToTheOtherNodeAndItsAnswerBack) {
  forwarded_call seen;
  nodes.other.server->is([&](forwarded_call call, const std::function<void(forwarded_answer)>& respond) {
    seen = std::move(call);
    respond({{429, {{"Retry-After", "1"}}}, "{}"});
  });
  const auto given =
      nodes.call({{"POST", "/v1/sessions/s/ops", "Bearer t", "application/json", true}, "[1]"});
  ASSERT_TRUE(given && given->has_value());
  EXPECT_EQ(given->value().head.status, 429);
  EXPECT_EQ(given->value().head.fields, (decltype(answer_head::fields){{"Retry-After", "1"}}));
  EXPECT_EQ(given->value().body, "{}");
  EXPECT_EQ(seen.head.method, "POST");
  EXPECT_EQ(seen.head.target, "/v1/sessions/s/ops");
  EXPECT_EQ(seen.head.authorization, "Bearer t");
  EXPECT_EQ(seen.head.content_type, "application/json");
  EXPECT_TRUE(seen.head.is_alone);
  EXPECT_EQ(seen.body, "[1]");
}

TEST_F(Forwarder, KeepsCallsApartWhoseAnswersComeInAnotherOrder) {
  std::vector<std::pair<std::string, std::function<void(forwarded_answer)>>> asked;
  nodes.other.server->is([&](const forwarded_call& call, std::function<void(forwarded_answer)> respond) {
    asked.emplace_back(call.body, std::move(respond));
  });
  const auto one = nodes.call({{}, "one"});
  const auto two = nodes.call({{}, "two"});
  ASSERT_EQ(asked.size(), 2U);
  asked[1].second({{200, {}}, asked[1].first});
  asked[0].second({{200, {}}, asked[0].first});
  nodes.settle();
  EXPECT_EQ(one->value().body, "one");
  EXPECT_EQ(two->value().body, "two");
}

TEST_F(Forwarder, BringsLargeBodiesInPiecesAndNeverMoreThanAWindowAtOnce) {
  echo();
  std::string body(20'000'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 + i / 65'536);
  nodes.one.holds_back = nodes.other.holds_back = true;
  const auto given = nodes.call({{}, body});
  std::size_t most = 0;
  while (!nodes.one.held.empty() || !nodes.other.held.empty()) {
    for (auto* side : {&nodes.one, &nodes.other}) {
      std::size_t bytes = 0;
      for (const auto& each : side->held) bytes += two_forwarders::bytes_in(each);
      most = std::max(most, bytes);
      nodes.let_through(*side);
    }
  }
  ASSERT_TRUE(given && given->has_value());
  EXPECT_TRUE(given->value().body == body);
  EXPECT_LE(most, piece_bounds{}.window_bytes);
  EXPECT_GT(most, piece_bounds{}.window_bytes / 2);
}

TEST_F(Forwarder, SaysOfANodeThatIsNotThereThatItIsNot) {
  echo();
  const auto given = nodes.call({}, incarnation_id{77});
  ASSERT_TRUE(given && given->has_error());
  EXPECT_EQ(code_of(given), errc::not_found);
}

TEST_F(Forwarder, SaysSoWhenTheNodeGoesWhileACallWaits) {
  nodes.other.server->is([](const forwarded_call&, const auto&) {});
  const auto given = nodes.call({}, nodes.other.node, 60s);
  nodes.pass(30s);
  ASSERT_FALSE(nodes.is_answered(given));
  nodes.tell(nodes.one, peer_lost{nodes.other.node});
  nodes.one.where->ways.set_peers({});
  nodes.pass(500ms);
  ASSERT_TRUE(nodes.is_answered(given));
  EXPECT_EQ(code_of(given), errc::not_found);
}

TEST_F(Forwarder, RefusesAtOnceWhatALinkThatIsCutForLongShouldCarry) {
  echo();
  nodes.tell(nodes.one, peer_lost{nodes.other.node});
  nodes.pass(3s);
  const auto given = nodes.call({});
  ASSERT_TRUE(nodes.is_answered(given));
  EXPECT_EQ(code_of(given), errc::unavailable);
  EXPECT_TRUE(given->error().retry_after);
  nodes.tell(nodes.one, peer_reached{nodes.other.node});
  EXPECT_TRUE(nodes.call({})->has_value());
}

TEST_F(Forwarder, WaitsOutAShortCut) {
  echo();
  nodes.one.holds_back = true;
  nodes.tell(nodes.one, peer_lost{nodes.other.node});
  const auto given = nodes.call({});
  nodes.pass(1s);
  EXPECT_FALSE(nodes.is_answered(given));
  nodes.tell(nodes.one, peer_reached{nodes.other.node});
  nodes.let_through(nodes.one);
  ASSERT_TRUE(nodes.is_answered(given));
  EXPECT_TRUE(given->has_value());
}

TEST_F(Forwarder, AnswersWhatWaitsWhenACutLasts) {
  nodes.other.server->is([](const forwarded_call&, const auto&) {});
  const auto given = nodes.call({}, nodes.other.node, 60s);
  nodes.tell(nodes.one, peer_lost{nodes.other.node});
  nodes.pass(1'500ms);
  EXPECT_FALSE(nodes.is_answered(given));
  nodes.pass(1s);
  ASSERT_TRUE(nodes.is_answered(given));
  EXPECT_EQ(code_of(given), errc::unavailable);
}

TEST_F(Forwarder, AnswersInTimeForANodeThatDoesNot) {
  nodes.other.server->is([](const forwarded_call&, const auto&) {});
  const auto given = nodes.call({}, nodes.other.node, 5s);
  nodes.pass(4'500ms);
  EXPECT_FALSE(nodes.is_answered(given));
  nodes.pass(1s);
  ASSERT_TRUE(nodes.is_answered(given));
  EXPECT_EQ(code_of(given), errc::unavailable);
}

TEST_F(Forwarder, TellsWhoWaitsWhenAStreamBeginsAnewAndTakesNothingOfTheOldOne) {
  std::function<void(forwarded_answer)> late;
  nodes.other.server->is([&](const forwarded_call&, auto respond) { late = std::move(respond); });
  const auto given = nodes.call({});
  for (auto* side : {&nodes.one, &nodes.other})
    nodes.tell(*side, peer_begins{side == &nodes.one ? nodes.other.node : nodes.one.node});
  ASSERT_TRUE(nodes.is_answered(given));
  EXPECT_EQ(code_of(given), errc::unavailable);
  late({{200, {}}, "late"});
  echo();
  EXPECT_EQ(nodes.call({{}, "next"})->value().body, "next");
}

TEST_F(Forwarder, ForgetsACallWhoseRestNeverComes) {
  int asked = 0;
  nodes.other.server->is([&](const forwarded_call&, const auto&) { ++asked; });
  nodes.tell(nodes.other, call_forwarded{nodes.one.node, 5, call_head{}, "half", false});
  nodes.pass(31s);
  nodes.tell(nodes.other, call_forwarded{nodes.one.node, 5, std::nullopt, "rest", true});
  EXPECT_EQ(asked, 0);
}

TEST_F(Forwarder, BelievesNobodyElsesAnswer) {
  nodes.other.server->is([](const forwarded_call&, const auto&) {});
  const auto given = nodes.call({});
  nodes.tell(nodes.one, call_answered{{77}, 1, outcome<answer_head>(answer_head{200, {}}), "forged", true});
  EXPECT_FALSE(nodes.is_answered(given));
}

TEST_F(Forwarder, KnowsNoSessionWhereNobodyServes) {
  const auto given = nodes.call({});
  ASSERT_TRUE(nodes.is_answered(given));
  EXPECT_EQ(code_of(given), errc::not_found);
}

TEST_F(Forwarder, TakesSoManyCallsOfClientsAndNoMore) {
  nodes.other.server->is([](const forwarded_call&, const auto&) {});
  std::vector<result> waiting;
  for (std::size_t i = 0; i < nodes.calls_max; ++i) waiting.push_back(nodes.call({}));
  const auto refused = nodes.call({});
  ASSERT_TRUE(nodes.is_answered(refused));
  EXPECT_EQ(code_of(refused), errc::overloaded);
  for (const auto& each : waiting) EXPECT_FALSE(nodes.is_answered(each));
  nodes.pass(6s);
  for (const auto& each : waiting) EXPECT_TRUE(nodes.is_answered(each));
  echo();
  EXPECT_TRUE(nodes.call({})->has_value());
}

TEST_F(Forwarder, TakesSoManyCallsOfPeersAndNoMore) {
  nodes.other.server->is([](const forwarded_call&, const auto&) {});
  for (std::uint64_t number = 100; number < 100 + nodes.serving_max; ++number)
    nodes.tell(nodes.other, call_forwarded{nodes.one.node, number, call_head{}, "", true});
  const auto refused = nodes.call({});
  ASSERT_TRUE(nodes.is_answered(refused));
  EXPECT_EQ(code_of(refused), errc::overloaded);
}

TEST_F(Forwarder, AnswersEverybodyWhenTheNodeStops) {
  nodes.other.server->is([](const forwarded_call&, const auto&) {});
  const auto given = nodes.call({});
  nodes.one.desk->give_up();
  nodes.settle();
  ASSERT_TRUE(nodes.is_answered(given));
  EXPECT_EQ(code_of(given), errc::unavailable);
  EXPECT_EQ(code_of(nodes.call({})), errc::unavailable);
}

TEST_F(Forwarder, KnowsNodesByMarksThatSayNothing) {
  const auto mark = nodes.other.desk->mark();
  EXPECT_EQ(mark.size(), call_forwarding::mark_size);
  EXPECT_EQ(mark.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(mark, nodes.one.desk->mark());
  EXPECT_EQ(nodes.one.desk->marked(mark), nodes.other.node);
  // Its own is no other's; and another life has another one.
  EXPECT_EQ(nodes.one.desk->marked(nodes.one.desk->mark()), std::nullopt);
  EXPECT_EQ(nodes.one.desk->marked(std::string(call_forwarding::mark_size, '0')), std::nullopt);
  EXPECT_EQ(nodes.one.desk->marked(""), std::nullopt);
  nodes.one.where->ways.set_peers({});
  EXPECT_EQ(nodes.one.desk->marked(mark), std::nullopt);
}

TEST(Pieces, LeaveNothingOfACallThatNobodyWaitsFor) {
  outgoing_pieces out({.piece_bytes = 10, .window_bytes = 1});
  out.add(1, call_head{}, std::string(25, 'x'));
  out.add(2, call_head{}, "y");
  ASSERT_TRUE(out.next());
  EXPECT_FALSE(out.next());
  EXPECT_EQ(out.waiting_bytes(), 16U);
  out.drop_call(1);
  EXPECT_EQ(out.waiting_bytes(), 1U);
  out.taken(1'000);
  const auto next = out.next();
  ASSERT_TRUE(next);
  EXPECT_EQ(std::get<call_forwarded>(*next).number, 2U);
  EXPECT_EQ(out.waiting_bytes(), 0U);
  EXPECT_FALSE(out.next());
}

}  // namespace
}  // namespace parley
