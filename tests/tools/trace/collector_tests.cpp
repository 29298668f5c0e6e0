#include <gmock/gmock.h>

#include "tests/tools/trace/sample.hpp"
#include "tools/parley/trace/collector.hpp"

// When a trace is complete, with times that the tests say.

namespace parley::trace {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const collector::time start{1'000s};

span part(std::string trace, std::string id, std::string parent, std::string name) {
  span out;
  out.trace = std::move(trace);
  out.id = std::move(id);
  out.parent = std::move(parent);
  out.name = std::move(name);
  return out;
}

collection answer(std::vector<span> spans) {
  collection out;
  out.spans = std::move(spans);
  return out;
}

TEST(collector_test, ATraceIsCompleteWhenItHasAReplyAndIsQuiet) {
  collector all;
  all.take(answer({part("t", "2", "1", "write_reply")}), start);
  EXPECT_THAT(all.complete(start + 1s), IsEmpty()) << "its request has not come";
  all.take(answer({part("t", "1", "", "request")}), start + 1s);
  EXPECT_THAT(all.complete(start + 1s), IsEmpty());
  all.take(answer({part("t", "3", "1", "write_event")}), start + 1s + 300ms);
  EXPECT_THAT(all.complete(start + 1s + 500ms), IsEmpty());
  EXPECT_THAT(all.complete(start + 2s), ElementsAre("t"));
  EXPECT_THAT(all.complete(start + 3s), IsEmpty()) << "it is told once";
  all.take(answer({part("t", "4", "1", "write_event"), part("t", "3", "1", "write_event")}), start + 3s);
  EXPECT_EQ(all.late(), 1U);
}

TEST(collector_test, WithoutAReplyItIsCompleteAfterAWhile) {
  collector all;
  all.take(answer({part("t", "1", "", "request")}), start);
  EXPECT_THAT(all.complete(start + collector::patience - 1ms), IsEmpty());
  EXPECT_THAT(all.complete(start + collector::patience), ElementsAre("t"));
}

TEST(collector_test, WhatATraceSharesIsWaitedFor) {
  collector all;
  auto shared = part("b", "3", "1", "shared");
  shared.details = {{"continues_trace", std::string{"a"}}};
  all.take(answer({part("b", "1", "", "request"), part("b", "2", "1", "write_reply"), shared}), start);
  all.take(answer({part("a", "1", "", "request")}), start + 1s);
  EXPECT_THAT(all.complete(start + 1s + 100ms), IsEmpty());
  EXPECT_THAT(all.complete(start + 1s + collector::quiet), ElementsAre("b"));
}

TEST(collector_test, ShownTracesStayForAWhileAndAreThenLetGo) {
  collector all;
  for (std::size_t i = 0; i <= collector::kept_max; ++i) {
    all.take(answer({part(std::to_string(i), "1", "", "request")}), start);
    all.done_with(std::to_string(i));
  }
  EXPECT_FALSE(all.spans().knows("0"));
  EXPECT_TRUE(all.spans().knows("1"));
  all.take(answer({part("0", "2", "1", "write_event")}), start);
  EXPECT_EQ(all.late(), 1U);
  EXPECT_FALSE(all.spans().knows("0"));
}

TEST(collector_test, LostSpansAndMissingNodesAreRemembered) {
  collector all;
  auto one = answer({});
  one.lost = 3;
  one.missing = {{"node-2", "it did not answer within 2 s"}};
  all.take(one, start);
  all.take(one, start);
  EXPECT_EQ(all.lost(), 6U);
  EXPECT_THAT(all.missing(), ElementsAre(one.missing.front()));
  all.take(answer({part("t", "2", "1", "write_reply")}), start);
  EXPECT_THAT(all.missing(), IsEmpty()) << "it has answered since";
  EXPECT_EQ(all.without_request(start + collector::patience), 1U);
  EXPECT_EQ(all.everything().lost, 6U);
}

}  // namespace
}  // namespace parley::trace
