#include <gtest/gtest.h>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "actors/contract/interfaces/local_only.hpp"
#include "actors/contract/values/tracing.hpp"
#include "actors/inspection/metered.hpp"
#include "actors/inspection/trace_in.hpp"
#include "actors/inspection/trace_keeper.hpp"

namespace parley {
namespace {

using traced_actor = caf::typed_actor<caf::reacts_to<ask_conversation>, caf::reacts_to<entries_delivered>>;

struct traced_setup {
  traced_actor next{};  // gets what this one gets
};

class traced_state : public metered_state<traced_actor, traced_state> {
public:
  static inline const char* name = "traced";
  explicit traced_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior(traced_setup setup) {
    setup_ = std::move(setup);
    return {[this](const ask_conversation& request) {
              if (setup_.next) caf::anon_send(setup_.next, request);
            },
            [](const entries_delivered&) {}};
  }

private:
  traced_setup setup_;
};

traced_actor::behavior_type traced(traced_state::self_pointer self, traced_setup setup) {
  return self->state.make_behavior(std::move(setup));
}

class Tracing : public testing::Test {
protected:
  struct testing_config : caf::actor_system_config {
    testing_config() { set("scheduler.policy", caf::atom("testing")); }
  };

  void run() { dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler()).run(); }
  traced_actor start(traced_actor next = {}) {
    auto actor = system_.spawn(traced, traced_setup{std::move(next)});
    run();
    return actor;
  }
  /// What was recorded since the test began.
  [[nodiscard]] std::vector<trace_span> recorded() const { return recorded_spans.from(first_, 1'000).spans; }
  static ask_conversation asked(trace_context trace) {
    ask_conversation request;
    request.header.trace = trace;
    return request;
  }
  void trace_everything() {
    keeper_.sample({1, {}, {}, {}}, 1'000, 0);
  }

  const std::uint64_t first_ = recorded_spans.next();
  trace_keeper keeper_{"node-1"};
  testing_config configuration_;
  caf::actor_system system_{configuration_};
};

}  // namespace

TEST_F(Tracing, RecordsAHopOfEveryActorThatATracedMessagePasses) {
  trace_everything();
  const auto last = start();
  const auto first = start(last);
  const auto sent = trace_clock_ns();
  caf::anon_send(first, asked({7, 3, 1}));
  run();
  const auto spans = recorded();
  ASSERT_EQ(spans.size(), 2U);
  // The first actor was done when the second began.
  EXPECT_EQ(spans[0].actor, first.id());
  EXPECT_EQ(spans[0].parent, 3U);
  EXPECT_EQ(spans[0].kind, "traced");
  EXPECT_EQ(spans[0].name, "ask_conversation");
  EXPECT_GE(spans[0].at_ns, sent) << "it waits from when it was put into the mailbox";
  EXPECT_EQ(spans[1].actor, last.id());
  EXPECT_EQ(spans[1].parent, spans[0].span);
  EXPECT_GE(spans[1].at_ns, spans[0].at_ns + spans[0].waited_ns);
  for (const auto& each : spans) {
    EXPECT_EQ(each.trace, 7U);
    EXPECT_GE(each.waited_ns, 0);
    EXPECT_GE(each.took_ns, 0);
  }
}

TEST_F(Tracing, RecordsNothingOfWhatIsNotTraced) {
  trace_everything();
  const auto first = start(start());
  caf::anon_send(first, asked({}));
  run();
  EXPECT_TRUE(recorded().empty());
}

TEST_F(Tracing, RecordsNothingWhileItIsOff) {
  const auto first = start(start());
  caf::anon_send(first, asked({7, 3, 1}));
  run();
  EXPECT_TRUE(recorded().empty());
}

TEST_F(Tracing, LeavesAMessageAloneThatOthersReadToo) {
  trace_everything();
  const auto one = start();
  const auto other = start();
  entries_delivered news;
  news.header.trace = {7, 3, 42};
  const auto message = caf::make_message(std::move(news));
  for (const auto& each : {one, other})
    caf::actor_cast<caf::actor>(each)->eq_impl(caf::make_message_id(), nullptr, nullptr, message);
  run();
  const auto spans = recorded();
  ASSERT_EQ(spans.size(), 2U);
  for (const auto& each : spans) {
    EXPECT_EQ(each.at_ns, 42);
    EXPECT_EQ(each.parent, 3U);
  }
}

TEST_F(Tracing, FindsTheTraceInAMessageBetweenNodes) {
  routed_message message{message_to_shard{asked({7, 3, 1})}};
  ASSERT_NE(trace_in(message), nullptr);
  EXPECT_EQ(trace_in(message)->span, 3U);
  routed_message other{message_to_placement{node_announced{}}};
  EXPECT_EQ(trace_in(other), nullptr);
}

TEST_F(Tracing, StepsWithinAStepAreItsChildren) {
  trace_everything();
  {
    const span_under_way outer{{7, 3, trace_clock_ns()}, {}, "outer"};
    const span_under_way of_another{{8, 1, trace_clock_ns()}, {}, "other"};
    const auto here = trace_from_here({7, 3, 0});
    EXPECT_EQ(here.span, 3U) << "this thread is at a step of another trace";
  }
  {
    const span_under_way outer{{7, 3, trace_clock_ns()}, {}, "outer"};
    EXPECT_NE(trace_from_here({7, 3, 0}).span, 3U);
    EXPECT_FALSE(trace_from_here({})) << "what is not traced is not made so";
  }
  EXPECT_FALSE(trace_step_now);
  EXPECT_EQ(recorded().size(), 3U);
}

TEST_F(Tracing, ChoosesByConversationSessionAndChance) {
  const conversation_id talk{5};
  const session_id session{6};
  keeper_.sample({1, talk, {}, {}}, 1'000, 0);
  EXPECT_TRUE(is_to_be_traced(talk, session));
  EXPECT_FALSE(is_to_be_traced(conversation_id{4}, session));
  keeper_.sample({1, {}, session, "node-1"}, 1'000, 0);
  EXPECT_TRUE(is_to_be_traced(talk, session));
  EXPECT_FALSE(is_to_be_traced(talk, session_id{7}));
  keeper_.sample({0.25, {}, {}, {}}, 1'000, 0);
  int chosen = 0;
  for (int i = 0; i < 10'000; ++i) chosen += is_to_be_traced(talk, session) ? 1 : 0;
  // Six standard deviations.
  EXPECT_NEAR(chosen, 2'500, 260);
}

TEST_F(Tracing, OfAnotherNodesSessionsOnlyPassesOn) {
  keeper_.sample({1, {}, session_id{6}, "node-2"}, 1'000, 0);
  EXPECT_TRUE(is_tracing()) << "what began there passes here";
  EXPECT_FALSE(is_to_be_traced(conversation_id{5}, session_id{6}));
}

TEST_F(Tracing, EndsWhenItsTimeIsOverAndRecordsWhatIsUnderWay) {
  keeper_.sample({1, {}, {}, {}}, 1'000, 0);
  EXPECT_EQ(keeper_.look(500), 1'000);
  EXPECT_TRUE(is_to_be_traced(conversation_id{5}, session_id{6}));
  EXPECT_EQ(keeper_.look(1'000), 1'000 + trace_keeper::ending_ms);
  EXPECT_FALSE(is_to_be_traced(conversation_id{5}, session_id{6}));
  EXPECT_TRUE(is_tracing());
  EXPECT_EQ(keeper_.look(1'000 + trace_keeper::ending_ms), std::nullopt);
  EXPECT_FALSE(is_tracing());
}

TEST_F(Tracing, AShareOfNothingEndsIt) {
  keeper_.sample({1, {}, {}, {}}, 1'000, 0);
  const auto lease = keeper_.sample({0, {}, {}, {}}, 1'000, 10);
  EXPECT_FALSE(lease.until);
  EXPECT_FALSE(is_to_be_traced(conversation_id{5}, session_id{6}));
  EXPECT_EQ(keeper_.look(10), 10 + trace_keeper::ending_ms);
  EXPECT_EQ(keeper_.look(10 + trace_keeper::ending_ms), std::nullopt);
  EXPECT_FALSE(is_tracing());
}

TEST(TraceRing, GivesWhatCameSinceAndSaysWhatIsLost) {
  auto ring = std::make_unique<trace_ring>();
  EXPECT_EQ(ring->from(0, 10).next, 0U);
  const auto add = [&](std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      trace_span span;
      span.span = ring->next() + 1;
      ring->add(std::move(span));
    }
  };
  add(3);
  auto read = ring->from(1, 1);
  EXPECT_EQ(read.next, 2U);
  ASSERT_EQ(read.spans.size(), 1U);
  EXPECT_EQ(read.spans[0].span, 2U);
  add(trace_ring::capacity);
  read = ring->from(1, 2);
  EXPECT_EQ(read.lost, 2U);
  ASSERT_EQ(read.spans.size(), 2U);
  EXPECT_EQ(read.spans[0].span, 4U);
  EXPECT_EQ(read.spans[1].span, 5U);
  EXPECT_EQ(read.next, 5U);
  EXPECT_EQ(ring->from(5, 1'000).spans.size(), 1'000U) << "more than one piece";
  EXPECT_EQ(ring->from(5, trace_ring::capacity).next, ring->next());
  EXPECT_EQ(ring->from(99'999'999, 1).spans.size(), 1U) << "a number of another life of the node";
}

}  // namespace parley
