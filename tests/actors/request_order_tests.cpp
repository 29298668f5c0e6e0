#include "actors/session/request_order.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/actors/support/two_rooms.hpp"

namespace parley {

namespace {

using lane = request_order::lane;

class RequestOrder : public testing::Test {
protected:
  bool enter(lane kind, std::uint64_t ordinal, conversation_id where = room) {
    client_request request;
    request.ordinal = ordinal;
    request.id = static_cast<request_id>(ordinal) * 100;
    return order_.enter(where, kind, request);
  }
  std::vector<std::uint64_t> leave(std::uint64_t ordinal) {
    std::vector<std::uint64_t> next;
    for (const auto& request : order_.leave(room, ordinal)) next.push_back(request.ordinal);
    return next;
  }
  static std::vector<std::uint64_t> these(std::initializer_list<std::uint64_t> some) { return some; }

  request_order order_;
};

}  // namespace

TEST_F(RequestOrder, LetsWritesFollowEachOtherAtOnce) {
  EXPECT_TRUE(enter(lane::write, 1));
  EXPECT_TRUE(enter(lane::write, 2));
}

TEST_F(RequestOrder, LetsAReadWaitForTheWritesBeforeIt) {
  enter(lane::write, 1);
  enter(lane::write, 2);
  EXPECT_FALSE(enter(lane::read, 3));
  EXPECT_EQ(leave(1), these({}));
  EXPECT_EQ(leave(2), these({3}));
}

TEST_F(RequestOrder, LetsAWriteWaitForTheReadsBeforeIt) {
  enter(lane::read, 1);
  EXPECT_FALSE(enter(lane::write, 2));
  EXPECT_EQ(leave(1), these({2}));
}

TEST_F(RequestOrder, LetsNobodyOvertakeWhoWaits) {
  enter(lane::write, 1);
  enter(lane::read, 2);
  EXPECT_FALSE(enter(lane::write, 3));
  EXPECT_FALSE(enter(lane::read, 4));
  EXPECT_EQ(leave(1), these({2}));
  EXPECT_EQ(leave(2), these({3}));
  EXPECT_EQ(leave(3), these({4}));
}

TEST_F(RequestOrder, LetsWaitingOnesOfOneKindStartTogether) {
  enter(lane::write, 1);
  enter(lane::read, 2);
  enter(lane::read, 3);
  EXPECT_EQ(leave(1), these({2, 3}));
}

TEST_F(RequestOrder, KeepsConversationsApart) {
  enter(lane::write, 1);
  EXPECT_TRUE(enter(lane::read, 2, hall));
}

TEST_F(RequestOrder, HandsOutWhatWaitsWhenItIsRefusedWithTheRest) {
  enter(lane::write, 1);
  enter(lane::read, 2);
  enter(lane::write, 3);
  EXPECT_EQ(order_.take_waiting(room), (std::vector<request_id>{200, 300}));
  EXPECT_EQ(leave(1), these({}));
  EXPECT_TRUE(enter(lane::read, 4));
}

TEST_F(RequestOrder, HandsOutWhatRunsAndWasAskedLater) {
  enter(lane::read, 1);
  enter(lane::read, 2);
  enter(lane::read, 3);
  EXPECT_EQ(order_.take_running_after(room, 2), (std::vector<request_id>{300}));
  EXPECT_TRUE(order_.is_running(room, 1));
  EXPECT_FALSE(order_.is_running(room, 3));
}

TEST_F(RequestOrder, IsNotMovedByTheEndOfWhatWasTakenOut) {
  enter(lane::read, 1);
  enter(lane::read, 2);
  order_.take_running_after(room, 1);
  enter(lane::write, 3);
  EXPECT_EQ(leave(2), these({})) << "1 is still running";
  EXPECT_EQ(leave(1), these({3}));
}

}  // namespace parley
