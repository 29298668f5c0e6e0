#include "actors/session/outstanding_writes.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "tests/actors/support/two_rooms.hpp"

namespace parley {

namespace {

using std::chrono::seconds;

outstanding_write::time_point at(int second) { return outstanding_write::time_point{seconds{second}}; }

class OutstandingWrites : public testing::Test {
protected:
  outstanding_write add(request_id id, int second = 0) {
    outstanding_write request;
    request.id = id;
    request.conversation = room;
    request.asked = at(second);
    return *writes_.add(std::move(request));
  }
  bool waits(request_id id) {
    outstanding_write request;
    request.id = id;
    request.conversation = room;
    return !writes_.add(std::move(request)).has_value();
  }
  static std::vector<request_id> ids(const std::vector<outstanding_write>& requests) {
    std::vector<request_id> all;
    for (const auto& request : requests) all.push_back(request.id);
    return all;
  }
  static std::vector<request_id> these(std::initializer_list<request_id> some) { return some; }

  outstanding_writes writes_;
};

}  // namespace

TEST_F(OutstandingWrites, AreNumberedFromOneWithinALine) {
  const auto first = add(1);
  const auto second = add(2);
  EXPECT_EQ(first.number, 1U);
  EXPECT_EQ(second.number, 2U);
  EXPECT_EQ(first.line, second.line);
}

TEST_F(OutstandingWrites, OpenANewLineWhenNothingIsUnanswered) {
  const auto first = add(1);
  ASSERT_TRUE(writes_.answered(room, first.line, 1));
  EXPECT_TRUE(writes_.empty());
  const auto second = add(2);
  EXPECT_GT(second.line, first.line);
  EXPECT_EQ(second.number, 1U);
}

TEST_F(OutstandingWrites, AreAnsweredOnce) {
  const auto first = add(1);
  add(2);
  ASSERT_TRUE(writes_.answered(room, first.line, 1));
  EXPECT_FALSE(writes_.answered(room, first.line, 1));
}

TEST_F(OutstandingWrites, AreSentAgainInTheirOrderOnANewLine) {
  const auto first = add(1);
  add(2);
  add(3);
  ASSERT_TRUE(writes_.answered(room, first.line, 2));
  const auto again = writes_.renumber(room, first.line, at(5));
  ASSERT_EQ(ids(again), these({1, 3}));
  EXPECT_GT(again[0].line, first.line);
  EXPECT_EQ(again[0].number, 1U);
  EXPECT_EQ(again[1].number, 2U);
  EXPECT_TRUE(again[0].sent_again);
}

TEST_F(OutstandingWrites, DoNotTakeTheAnswerOfAnOlderLine) {
  const auto first = add(1);
  writes_.renumber(room, first.line, at(5));
  EXPECT_FALSE(writes_.answered(room, first.line, 1));
}

TEST_F(OutstandingWrites, AreSentAgainOnceForOneLostLine) {
  const auto first = add(1);
  ASSERT_EQ(writes_.renumber(room, first.line, at(5)).size(), 1U);
  EXPECT_TRUE(writes_.renumber(room, first.line, at(5)).empty());
}

TEST_F(OutstandingWrites, EndTogetherWithWhatCameBeforeThemRefused) {
  const auto first = add(1);
  add(2);
  add(3);
  ASSERT_TRUE(writes_.answered(room, first.line, 1));
  EXPECT_EQ(ids(writes_.end_line(room, first.line, 1)), these({2, 3}));
  EXPECT_TRUE(writes_.empty());
}

TEST_F(OutstandingWrites, WaitUntilTheRestOfAnEndedLineIsAnswered) {
  const auto first = add(1);
  const auto second = add(2);
  ASSERT_TRUE(writes_.answered(room, first.line, second.number));
  ASSERT_TRUE(writes_.end_line(room, first.line, second.number).empty());
  EXPECT_TRUE(waits(3));
  EXPECT_TRUE(waits(4));
  EXPECT_TRUE(writes_.release(room, at(1)).empty()) << "the first is still unanswered";
  ASSERT_TRUE(writes_.answered(room, first.line, first.number));
  const auto released = writes_.release(room, at(1));
  ASSERT_EQ(ids(released), these({3, 4}));
  EXPECT_GT(released[0].line, first.line);
  EXPECT_FALSE(released[0].sent_again);
  EXPECT_TRUE(writes_.release(room, at(1)).empty());
}

TEST_F(OutstandingWrites, ThatWaitedAreSentWithTheRestWhenAllAreSentAgain) {
  const auto first = add(1);
  const auto second = add(2);
  ASSERT_TRUE(writes_.answered(room, first.line, second.number));
  writes_.end_line(room, first.line, second.number);
  ASSERT_TRUE(waits(3));
  const auto again = writes_.renumber(room, {}, at(5));
  ASSERT_EQ(ids(again), these({1, 3}));
  EXPECT_TRUE(again[0].sent_again);
  EXPECT_FALSE(again[1].sent_again);
  EXPECT_EQ(add(4).number, 3U);
}

TEST_F(OutstandingWrites, ThatWaitedEndWithTheRestOfTheirLine) {
  const auto first = add(1);
  const auto second = add(2);
  ASSERT_TRUE(writes_.answered(room, first.line, second.number));
  writes_.end_line(room, first.line, second.number);
  ASSERT_TRUE(waits(3));
  ASSERT_TRUE(writes_.answered(room, first.line, first.number));
  EXPECT_EQ(ids(writes_.end_line(room, first.line, first.number)), these({3}));
  EXPECT_TRUE(writes_.empty());
}

TEST_F(OutstandingWrites, AreLateByTheirOldestAndQuietByTheirNewest) {
  add(1, 10);
  add(2, 14);
  EXPECT_TRUE(writes_.asked_before(at(10)).empty());
  EXPECT_EQ(writes_.asked_before(at(11)).size(), 1U);
  EXPECT_TRUE(writes_.sent_before(at(14)).empty());
  EXPECT_EQ(writes_.sent_before(at(15)).size(), 1U);
  writes_.renumber(room, {}, at(20));
  EXPECT_TRUE(writes_.sent_before(at(20)).empty());
  EXPECT_EQ(ids(writes_.take_all(room)), these({1, 2}));
  EXPECT_TRUE(writes_.empty());
}

}  // namespace parley
