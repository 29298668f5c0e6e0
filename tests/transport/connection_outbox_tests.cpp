#include "transport/connection_outbox.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "tests/transport/support/text_frame.hpp"
#include "transport/unanswered.hpp"

namespace parley::testing {
namespace {

using admission = outbox::admission;

class ConnectionOutbox : public ::testing::Test {
protected:
  ConnectionOutbox() {
    thread->wakes([this] { ++wakes; });
  }
  std::vector<hand_over::piece> take() {
    std::vector<hand_over::piece> all;
    std::vector<hand_over::pending_call> calls;
    thread->take(all, calls);
    return all;
  }
  /// What of a frame counts: its header and its text.
  static frame of_bytes(std::size_t whole) { return text_frame(std::string(whole - 2, 'x')); }

  boost::asio::io_context context;
  std::shared_ptr<hand_over> thread = std::make_shared<hand_over>(context);
  connection_outbox out{thread, {3, 7}, 100};
  int wakes = 0;
};

TEST_F(ConnectionOutbox, HandsOverInOrderWithTheNameOfItsConnection) {
  out.push_event(of_bytes(10));
  out.push_reply(of_bytes(11));
  out.close(close_code::abuse, "why");
  const auto all = take();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].what, hand_over::kind::event);
  EXPECT_EQ(all[1].what, hand_over::kind::reply);
  EXPECT_EQ(all[1].content->bytes.size(), 11U);
  EXPECT_EQ(all[2].what, hand_over::kind::ending);
  EXPECT_EQ(all[2].to.index, 3U);
  EXPECT_EQ(all[2].to.generation, 7U);
  EXPECT_EQ(out.code(), close_code::abuse);
  EXPECT_EQ(out.reason(), "why");
}

TEST_F(ConnectionOutbox, WakesTheThreadOnceABatch) {
  for (int i = 0; i < 5; ++i) out.push_event(of_bytes(10));
  context.run();
  EXPECT_EQ(wakes, 1);
  take();
  for (int i = 0; i < 5; ++i) out.push_event(of_bytes(10));
  context.restart();
  context.run();
  EXPECT_EQ(wakes, 2);
}

TEST_F(ConnectionOutbox, IsCountedByWhatWaitsInItAndByWhatItDrops) {
  const auto waiting = [began = counters.outbox_bytes.value()] {
    return counters.outbox_bytes.value() - began;
  };
  const auto dropped = [began = counters.events_dropped.value()] {
    return counters.events_dropped.value() - began;
  };
  {
    connection_outbox other{thread, {4, 1}, 100};
    other.push_event(of_bytes(60));
    other.push_reply(of_bytes(30));
    EXPECT_EQ(other.push_event(of_bytes(11)), admission::full);
    EXPECT_EQ(dropped(), 1U);
    EXPECT_EQ(waiting(), 90);
    other.bytes_left(60);
    EXPECT_EQ(waiting(), 30);
  }
  EXPECT_EQ(waiting(), 0) << "what never left is gone with the connection";
}

TEST_F(ConnectionOutbox, RefusesWhatWouldBeTooMuchUntilHalfIsFree) {
  EXPECT_EQ(out.push_event(of_bytes(60)), admission::accepted);
  EXPECT_EQ(out.push_event(of_bytes(40)), admission::accepted);
  EXPECT_EQ(out.push_event(of_bytes(2)), admission::full);
  EXPECT_FALSE(out.bytes_left(49));
  EXPECT_TRUE(out.bytes_left(1));
  EXPECT_FALSE(out.bytes_left(1)) << "told once";
  EXPECT_EQ(out.push_event(of_bytes(51)), admission::accepted);
}

TEST_F(ConnectionOutbox, TakesAReplyThoughItIsFullAndCountsIt) {
  EXPECT_EQ(out.push_event(of_bytes(100)), admission::accepted);
  out.push_reply(of_bytes(100));
  EXPECT_EQ(take().size(), 2U);
  EXPECT_EQ(out.push_event(of_bytes(2)), admission::full);
  EXPECT_FALSE(out.bytes_left(100));
  EXPECT_TRUE(out.bytes_left(100));
}

TEST_F(ConnectionOutbox, TakesOneFrameOfAnySizeWhenNothingWaits) {
  EXPECT_EQ(out.push_event(of_bytes(127)), admission::accepted);
  EXPECT_EQ(out.push_event(of_bytes(2)), admission::full);
}

TEST_F(ConnectionOutbox, CountsWhatTheConnectionItselfHasToSay) {
  out.bytes_added(90);
  EXPECT_EQ(out.push_event(of_bytes(11)), admission::full);
  EXPECT_TRUE(out.bytes_left(90));
}

TEST_F(ConnectionOutbox, TakesAWholeRunAsOnePiece) {
  const auto run = run_of({of_bytes(10), of_bytes(20), of_bytes(30)});
  const auto [accepted, last] = out.push_events(run, 0, 3);
  EXPECT_EQ(accepted, 3U);
  EXPECT_EQ(last, admission::accepted);
  const auto all = take();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].content->bytes.size(), 60U);
  EXPECT_EQ(out.push_event(of_bytes(41)), admission::full) << "its bytes count";
  EXPECT_FALSE(out.bytes_left(9));
  EXPECT_TRUE(out.bytes_left(1));
}

TEST_F(ConnectionOutbox, TakesAPartOfARunFrameByFrame) {
  const auto run = run_of({of_bytes(10), of_bytes(20), of_bytes(30)});
  EXPECT_EQ(out.push_events(run, 1, 2).accepted, 2U);
  const auto all = take();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].content, run->frames[1]);
  EXPECT_EQ(all[1].content, run->frames[2]);
}

TEST_F(ConnectionOutbox, TakesOfARunWhatThereIsRoomFor) {
  const auto run = run_of({of_bytes(40), of_bytes(50), of_bytes(20)});
  const auto [accepted, last] = out.push_events(run, 0, 3);
  EXPECT_EQ(accepted, 2U);
  EXPECT_EQ(last, admission::full);
  EXPECT_EQ(take().size(), 2U);
  EXPECT_TRUE(out.bytes_left(90)) << "a refusal is told of";
}

TEST_F(ConnectionOutbox, TakesOneRunAtMostOfAnySizeWhenNothingWaits) {
  const auto run = run_of({of_bytes(127), of_bytes(127)});
  EXPECT_EQ(out.push_events(run, 0, 2).accepted, 1U) << "one frame of any size, not two";
  out.die();
  EXPECT_EQ(out.push_events(run, 0, 2).last, admission::closed);
}

TEST(FrameRun, IsNotJoinedWhereACopyWouldCostMoreThanThePieces) {
  EXPECT_FALSE(run_of({text_frame(std::string(40'000, 'x')), text_frame(std::string(40'000, 'x'))})->joined);
  const auto alone = text_frame(std::string(100'000, 'x'));
  EXPECT_EQ(run_of({alone})->joined, alone);
}

TEST_F(ConnectionOutbox, TakesNothingAfterTheEnd) {
  out.close(close_code::restart, "first");
  out.close(close_code::abuse, "second");
  EXPECT_EQ(out.push_event(of_bytes(2)), admission::closed);
  out.push_reply(of_bytes(2));
  EXPECT_EQ(take().size(), 1U);
  EXPECT_EQ(out.code(), close_code::restart);
  EXPECT_EQ(out.reason(), "first");
}

TEST_F(ConnectionOutbox, TakesNothingOnceTheConnectionIsGoneOrTheThread) {
  connection_outbox other{thread, {4, 0}, 100};
  other.die();
  EXPECT_EQ(other.push_event(of_bytes(2)), admission::closed);
  thread->close();
  out.push_reply(of_bytes(2));
  EXPECT_TRUE(take().empty());
}

TEST_F(ConnectionOutbox, NeverForgetsThatItRefused) {
  // One thread pushes and waits to be told after every refusal; the other takes and tells. Were a
  // refusal lost between the two, the pushing one would wait for ever.
  std::atomic<int> told{0};
  std::atomic<bool> done{false};
  std::thread taker{[&] {
    while (!done) {
      for (const auto& piece : take())
        if (out.bytes_left(piece.content->bytes.size())) ++told;
    }
  }};
  int known = 0;
  bool lost = false;
  for (int i = 0; i < 500 && !lost; ++i) {
    while (!lost && out.push_event(of_bytes(30)) == admission::full) {
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
      while (told == known && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
      lost = told == known;
      known = told;
    }
  }
  done = true;
  taker.join();
  EXPECT_FALSE(lost) << "nobody told of the room";
}

TEST(Unanswered, HasRoomAgainOnceAReplyHasLeft) {
  limits rules;
  rules.unanswered_requests = 2;
  unanswered waiting{rules};
  waiting.read(10);
  EXPECT_TRUE(waiting.has_room());
  waiting.read(10);
  EXPECT_FALSE(waiting.has_room());
  waiting.replied(100);
  waiting.replied(200);
  EXPECT_FALSE(waiting.left(99));
  EXPECT_FALSE(waiting.has_room());
  EXPECT_TRUE(waiting.left(100));
  EXPECT_TRUE(waiting.has_room());
  EXPECT_FALSE(waiting.left(199));
  EXPECT_TRUE(waiting.left(500));
}

TEST(Unanswered, CountsBytesToo) {
  limits rules;
  rules.unanswered_bytes = 100;
  unanswered waiting{rules};
  waiting.read(99);
  EXPECT_TRUE(waiting.has_room());
  waiting.read(1);
  EXPECT_FALSE(waiting.has_room());
  waiting.replied(1);
  EXPECT_TRUE(waiting.left(1));
  EXPECT_TRUE(waiting.has_room());
}

TEST(Unanswered, IsNotConfusedByMoreRepliesThanRequests) {
  unanswered waiting{limits{}};
  waiting.read(10);
  waiting.replied(1);
  waiting.replied(2);
  EXPECT_TRUE(waiting.left(2));
  waiting.replied(3);
  EXPECT_FALSE(waiting.left(3));
  EXPECT_TRUE(waiting.has_room());
}

}  // namespace
}  // namespace parley::testing
