#include "transport/polling/event_log.hpp"

#include <gmock/gmock.h>

#include "tests/transport/support/text_frame.hpp"

namespace parley::testing {
namespace {

using ::testing::HasSubstr;

frame event(int number, std::size_t bytes = 0) {
  return text_frame("{\"ev\":\"e" + std::to_string(number) + "\",\"d\":\"" + std::string(bytes, 'x') + "\"}");
}

TEST(EventLog, NumbersEventsFromOneWithoutAHole) {
  event_log log{10'000};
  EXPECT_EQ(log.give(0), R"({"events":[],"next":0})");
  for (int i = 1; i <= 3; ++i) EXPECT_TRUE(log.push(event(i)));
  EXPECT_EQ(
      log.give(0),
      R"({"events":[{"n":1,"ev":"e1","d":""},{"n":2,"ev":"e2","d":""},{"n":3,"ev":"e3","d":""}],"next":3})");
  EXPECT_EQ(log.given(), 3U);
}

TEST(EventLog, GivesWhatIsNotAcknowledgedAgain) {
  event_log log{10'000};
  for (int i = 1; i <= 3; ++i) log.push(event(i));
  log.give(0);
  log.acknowledge(1);
  EXPECT_EQ(log.give(1), R"({"events":[{"n":2,"ev":"e2","d":""},{"n":3,"ev":"e3","d":""}],"next":3})");
  log.push(event(4));
  EXPECT_THAT(log.give(1), HasSubstr(R"("next":4)"));
  log.acknowledge(4);
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(log.give(4), R"({"events":[],"next":4})");
  log.push(event(5));
  EXPECT_EQ(log.give(4), R"({"events":[{"n":5,"ev":"e5","d":""}],"next":5})");
}

TEST(EventLog, AnOldAcknowledgementTakesNothingBack) {
  event_log log{10'000};
  for (int i = 1; i <= 3; ++i) log.push(event(i));
  log.give(0);
  log.acknowledge(3);
  EXPECT_FALSE(log.acknowledge(1));
  EXPECT_TRUE(log.empty());
  log.push(event(4));
  EXPECT_THAT(log.give(1), HasSubstr(R"({"n":4,)"));
}

TEST(EventLog, RefusesAboveItsBoundAndSaysOnceThatHalfIsFree) {
  event_log log{1'000};
  int pushed = 0;
  while (log.push(event(pushed + 1, 20))) ASSERT_LT(++pushed, 20);
  EXPECT_GE(pushed, 6);
  EXPECT_FALSE(log.push(event(99)));
  log.give(0);
  bool is_told = false;
  int acknowledged = 0;
  while (!is_told) {
    ASSERT_LT(acknowledged, pushed) << "nothing is told when all is free";
    is_told = log.acknowledge(static_cast<std::uint64_t>(++acknowledged));
  }
  EXPECT_EQ(acknowledged, (pushed + 1) / 2);
  EXPECT_FALSE(log.acknowledge(static_cast<std::uint64_t>(pushed))) << "told once";
  EXPECT_TRUE(log.push(event(pushed + 1)));
  // What was refused took no number.
  EXPECT_THAT(log.give(0), HasSubstr("{\"n\":" + std::to_string(pushed + 1) + ","));
}

TEST(EventLog, TakesOneEventLargerThanItsBoundWhenNothingWaits) {
  event_log log{1'000};
  EXPECT_TRUE(log.push(event(1, 5'000)));
  EXPECT_FALSE(log.push(event(2)));
  log.give(0);
  EXPECT_TRUE(log.acknowledge(1));
}

TEST(EventLog, GivesManyInPieces) {
  event_log log{1'048'576};
  for (int i = 1; i <= 100; ++i) ASSERT_TRUE(log.push(event(i, 5'000)));
  std::uint64_t next = 0;
  int answers = 0;
  while (true) {
    const auto body = log.give(next);
    EXPECT_LE(body.size(), event_log::answer_bytes_max + 100);
    next = log.given();
    log.acknowledge(next);
    ++answers;
    if (log.empty()) break;
  }
  EXPECT_EQ(next, 100U);
  EXPECT_GE(answers, 8);
}

}  // namespace
}  // namespace parley::testing
