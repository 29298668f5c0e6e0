#include "actors/link/stream.hpp"

#include <gtest/gtest.h>
// After gtest: it looks for its macros.
#include <rapidcheck.h>

#include <algorithm>
#include <deque>
#include <ranges>
#include <set>
#include <variant>
#include <vector>

#include "actors/link/frames.hpp"

namespace parley {
namespace {

using namespace std::chrono_literals;
constexpr outgoing_stream::time_point start{};

stream_bounds small_bounds() {
  return {.ring_messages = 8, .ring_bytes = 64, .window_messages = 4, .window_bytes = 32};
}

bool keeps(outgoing_stream& stream, std::string message) {
  return stream.add(std::move(message), start) == outgoing_stream::admission::kept;
}

std::vector<std::string> messages_of(const outgoing_stream::batch& batch) {
  const auto bytes = encode_batch({1, 1}, 0, batch);
  const auto frame = decode_frame(bytes);
  std::vector<std::string> all;
  for (const auto each : std::get<batch_frame>(frame.value()).messages) all.emplace_back(each);
  return all;
}

TEST(OutgoingStream, NumbersMessagesFromOneInTheOrderTaken) {
  outgoing_stream stream;
  ASSERT_TRUE(keeps(stream, "a") && keeps(stream, "b"));
  const auto batch = stream.next_batch(1'000);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->first, 1U);
  EXPECT_EQ(messages_of(*batch), (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(stream.next_batch(1'000));
  ASSERT_TRUE(keeps(stream, "c"));
  EXPECT_EQ(stream.next_batch(1'000)->first, 3U);
}

TEST(OutgoingStream, CutsBatchesAtTheirLimitAndLetsALargerMessageGoAlone) {
  outgoing_stream stream;
  ASSERT_TRUE(keeps(stream, std::string(10, 'a')) && keeps(stream, std::string(10, 'b')) &&
              keeps(stream, std::string(500, 'c')));
  EXPECT_EQ(stream.next_batch(20)->count, 1U);
  EXPECT_EQ(stream.next_batch(20)->count, 1U);
  const auto large = stream.next_batch(20);
  ASSERT_TRUE(large);
  EXPECT_EQ(messages_of(*large).front().size(), 500U);
}

TEST(OutgoingStream, SendsNoMoreThanTheWindowUntilItIsAcknowledged) {
  outgoing_stream stream(small_bounds());
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(keeps(stream, "x"));
  EXPECT_EQ(stream.next_batch(1'000)->count, 4U);
  EXPECT_FALSE(stream.next_batch(1'000));
  ASSERT_TRUE(stream.acknowledge(1));
  EXPECT_EQ(stream.next_batch(1'000)->count, 1U);
  EXPECT_FALSE(stream.next_batch(1'000));
}

TEST(OutgoingStream, CountsTheWindowInBytesAsWell) {
  outgoing_stream stream(small_bounds());
  ASSERT_TRUE(keeps(stream, std::string(20, 'a')) && keeps(stream, std::string(20, 'b')));
  EXPECT_EQ(stream.next_batch(1'000)->count, 1U);
  EXPECT_FALSE(stream.next_batch(1'000));
  ASSERT_TRUE(stream.acknowledge(1));
  EXPECT_EQ(stream.next_batch(1'000)->count, 1U);
}

TEST(OutgoingStream, OverflowsInMessages) {
  outgoing_stream stream(small_bounds());
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(keeps(stream, "x"));
  EXPECT_FALSE(keeps(stream, "x"));
  EXPECT_EQ(stream.kept_messages(), 8U);
}

TEST(OutgoingStream, OverflowsInBytesButTakesOneMessageHoweverLarge) {
  outgoing_stream stream(small_bounds());
  ASSERT_TRUE(keeps(stream, std::string(1'000, 'x')));
  EXPECT_FALSE(keeps(stream, "x"));
  ASSERT_EQ(stream.next_batch(10)->count, 1U);
  ASSERT_TRUE(stream.acknowledge(1));
  EXPECT_TRUE(keeps(stream, "x"));
}

TEST(OutgoingStream, SaysWhenMoreThanHalfIsFull) {
  outgoing_stream stream(small_bounds());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(keeps(stream, "x"));
  EXPECT_FALSE(stream.is_more_than_half_full());
  ASSERT_TRUE(keeps(stream, "x"));
  EXPECT_TRUE(stream.is_more_than_half_full());
  outgoing_stream by_bytes(small_bounds());
  ASSERT_TRUE(keeps(by_bytes, std::string(33, 'x')));
  EXPECT_TRUE(by_bytes.is_more_than_half_full());
}

TEST(OutgoingStream, SendsAgainWhatThePeerHasNotReceived) {
  outgoing_stream stream;
  for (const auto* each : {"a", "b", "c"}) ASSERT_TRUE(keeps(stream, each));
  ASSERT_EQ(stream.next_batch(1'000)->count, 3U);
  ASSERT_TRUE(stream.resume_after(1));
  const auto again = stream.next_batch(1'000);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->first, 2U);
  EXPECT_EQ(messages_of(*again), (std::vector<std::string>{"b", "c"}));
}

TEST(OutgoingStream, TakesAnAcknowledgementOfWhatWasSentBeforeTheCutAndNotYetAgain) {
  outgoing_stream stream(small_bounds());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(keeps(stream, "x"));
  ASSERT_EQ(stream.next_batch(1'000)->count, 4U);
  ASSERT_TRUE(stream.resume_after(0));
  ASSERT_TRUE(stream.acknowledge(3));
  EXPECT_EQ(stream.next_batch(1'000)->first, 4U);
}

TEST(OutgoingStream, RefusesAnAcknowledgementOfWhatWasNeverSent) {
  outgoing_stream stream;
  ASSERT_TRUE(keeps(stream, "a"));
  EXPECT_FALSE(stream.acknowledge(1));
  EXPECT_FALSE(stream.resume_after(1));
  EXPECT_EQ(stream.kept_messages(), 1U);
}

TEST(OutgoingStream, KnowsHowLongTheOldestMessageHasWaited) {
  outgoing_stream stream;
  EXPECT_FALSE(stream.oldest_since());
  ASSERT_EQ(stream.add("a", start + 1s), outgoing_stream::admission::kept);
  ASSERT_EQ(stream.add("b", start + 2s), outgoing_stream::admission::kept);
  EXPECT_EQ(stream.oldest_since(), start + 1s);
  ASSERT_EQ(stream.next_batch(100)->count, 2U);
  ASSERT_TRUE(stream.acknowledge(1));
  EXPECT_EQ(stream.oldest_since(), start + 2s);
}

TEST(IncomingStream, TakesEachNumberOnceAndInOrder) {
  incoming_stream stream;
  EXPECT_EQ(stream.take(1, 1), arrival::next);
  EXPECT_EQ(stream.take(1, 1), arrival::repeated);
  EXPECT_EQ(stream.take(3, 1), arrival::gap);
  EXPECT_EQ(stream.take(2, 1), arrival::next);
  EXPECT_EQ(stream.received(), 2U);
}

TEST(IncomingStream, SeesFromTheNextNumberThatSomethingWasLost) {
  incoming_stream stream;
  EXPECT_FALSE(stream.misses_before(1));
  EXPECT_TRUE(stream.misses_before(2));
  ASSERT_EQ(stream.take(1, 1), arrival::next);
  EXPECT_FALSE(stream.misses_before(1));
  EXPECT_FALSE(stream.misses_before(2));
}

TEST(IncomingStream, OwesCreditBeforeTheSendersWindowCloses) {
  incoming_stream stream(small_bounds());
  EXPECT_FALSE(stream.owes_credit());
  ASSERT_EQ(stream.take(1, 1), arrival::next);
  EXPECT_TRUE(stream.owes_credit());
  stream.told();
  EXPECT_FALSE(stream.owes_credit());
  ASSERT_EQ(stream.take(2, 8), arrival::next);
  EXPECT_TRUE(stream.owes_credit());
}

stream_hello hello_of(std::int64_t from, std::int64_t to, std::uint64_t connection) {
  return {{from}, {to}, connection, {4, 5}, 10, 5, 12};
}

TEST(StreamVerdict, ResumesWhereBothCanSendWhatTheOtherOneLacks) {
  const auto a = hello_of(1, 2, 7);
  const auto b = hello_of(2, 1, 8);
  EXPECT_EQ(judge_streams(a, b), stream_verdict::resume);
}

TEST(StreamVerdict, BeginsAnewWhenOneSideKnowsNoStreamOrAnotherOne) {
  const auto a = hello_of(1, 2, 7);
  auto b = hello_of(2, 1, 8);
  b.stream = {};
  EXPECT_EQ(judge_streams(a, b), stream_verdict::begin_anew);
  b.stream = {4, 6};
  EXPECT_EQ(judge_streams(a, b), stream_verdict::begin_anew);
  auto none = a;
  none.stream = {};
  b.stream = {};
  EXPECT_EQ(judge_streams(none, b), stream_verdict::begin_anew);
}

TEST(StreamVerdict, BeginsAnewWhenTheRingHasForgottenWhatIsMissing) {
  const auto a = hello_of(1, 2, 7);
  auto b = hello_of(2, 1, 8);
  b.received = 4;  // and a's ring begins at 5
  EXPECT_EQ(judge_streams(a, b), stream_verdict::resume);
  b.received = 3;
  EXPECT_EQ(judge_streams(a, b), stream_verdict::begin_anew);
}

TEST(StreamVerdict, BeginsAnewWhenSomebodyReceivedWhatWasNeverSent) {
  const auto a = hello_of(1, 2, 7);
  auto b = hello_of(2, 1, 8);
  b.received = 13;
  EXPECT_EQ(judge_streams(a, b), stream_verdict::begin_anew);
}

TEST(StreamVerdict, IsTheSameOnBothSidesWhateverTheySay) {
  EXPECT_TRUE(rc::check([] {
    const auto any = [](std::int64_t from, std::int64_t to) {
      const auto small = [] { return *rc::gen::inRange<std::uint64_t>(0, 6); };
      return stream_hello{{from}, {to}, small() + 1, {small(), small()}, small(), small() + 1, small()};
    };
    const auto a = any(1, 2);
    const auto b = any(2, 1);
    RC_ASSERT(judge_streams(a, b) == judge_streams(b, a));
    RC_ASSERT(begun_by(a, b) == begun_by(b, a));
    RC_ASSERT(bool(begun_by(a, b)));
  }));
}

TEST(StreamId, IsAnotherOneForEveryPairOfConnections) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  for (std::uint64_t mine = 1; mine < 10; ++mine)
    for (std::uint64_t theirs = 1; theirs < 10; ++theirs) {
      const auto id = begun_by(hello_of(1, 2, mine), hello_of(2, 1, theirs));
      EXPECT_TRUE(seen.emplace(id.smaller, id.larger).second);
    }
}

/// One direction of a stream over a channel that loses, repeats and cuts, with the verdict taken as two sides
/// take it; what arrives is held against what was sent.
class one_way {
public:
  one_way() : out_(small_bounds()), in_(small_bounds()) { connect(); }

  void add() {
    const auto message = std::to_string(++last_);
    if (out_.add(message, start) == outgoing_stream::admission::kept) {
      sent_.push_back(message);
    } else {
      sender_knows_ = {};
      begin_anew_at_sender();
      channel_.clear();
      connected_ = false;
    }
    RC_ASSERT(out_.kept_messages() <= small_bounds().ring_messages);
    RC_ASSERT(out_.kept_bytes() <= small_bounds().ring_bytes);
  }
  void flush() {
    if (!connected_) return;
    if (auto batch = out_.next_batch(10)) channel_.push_back(std::move(*batch));
  }
  void deliver(bool twice) {
    if (channel_.empty()) return;
    const auto batch = channel_.front();
    if (!twice) channel_.pop_front();
    auto number = batch.first;
    for (const auto& message : messages_of(batch)) {
      const auto what = in_.take(number++, message.size());
      if (what == arrival::gap) return cut();
      if (what == arrival::next) arrived_.push_back(message);
    }
  }
  void lose() {
    if (!channel_.empty()) channel_.pop_front();
  }
  void acknowledge() {
    if (connected_) RC_ASSERT(out_.acknowledge(in_.received()));
  }
  void hear_heartbeat() {
    if (connected_ && channel_.empty() && in_.misses_before(out_.next())) cut();
  }
  void cut() {
    channel_.clear();
    connected_ = false;
  }
  void connect() {
    if (connected_) return;
    const auto sender = sender_hello();
    const auto receiver = receiver_hello();
    connected_ = true;
    const auto verdict = judge_streams(sender, receiver);
    RC_ASSERT(verdict == judge_streams(receiver, sender));
    if (verdict == stream_verdict::resume) {
      RC_ASSERT(out_.resume_after(in_.received()));
      return;
    }
    sender_knows_ = receiver_knows_ = begun_by(sender, receiver);
    begin_anew_at_sender();
    begin_anew_at_receiver();
  }
  /// Only one of the two hears the other one's hello.
  void connect_halfway(bool sender_hears) {
    if (connected_) return;
    const auto sender = sender_hello();
    const auto receiver = receiver_hello();
    if (judge_streams(sender, receiver) == stream_verdict::resume) return;
    (sender_hears ? sender_knows_ : receiver_knows_) = begun_by(sender, receiver);
    sender_hears ? begin_anew_at_sender() : begin_anew_at_receiver();
  }
  void check_at_the_end() {
    for (int i = 0; i < 100; ++i) {
      connect();
      flush();
      deliver(false);
      hear_heartbeat();
      acknowledge();
    }
    RC_ASSERT(arrived_ == sent_);
    RC_ASSERT(out_.kept_messages() == 0U);
  }
  void check_now() {
    RC_ASSERT(std::ranges::equal(arrived_, sent_ | std::views::take(arrived_.size())) ||
              sender_knows_ != receiver_knows_);
  }

private:
  stream_hello sender_hello() {
    return {{1}, {2}, ++connections_, sender_knows_, 0, out_.oldest(), out_.newest_sent()};
  }
  stream_hello receiver_hello() { return {{2}, {1}, ++connections_, receiver_knows_, in_.received(), 1, 0}; }
  void begin_anew_at_sender() {
    out_.begin_anew();
    sent_.clear();
  }
  void begin_anew_at_receiver() {
    in_.begin_anew();
    arrived_.clear();
  }

  outgoing_stream out_;
  incoming_stream in_;
  std::deque<outgoing_stream::batch> channel_;
  std::vector<std::string> sent_, arrived_;  // on the stream that each side believes in
  stream_id sender_knows_, receiver_knows_;
  bool connected_ = false;
  std::uint64_t connections_ = 0;
  int last_ = 0;
};

TEST(Stream, BringsEverythingOnceAndInOrderOrBothSidesKnowThatItBeganAnew) {
  EXPECT_TRUE(rc::check([] {
    one_way stream;
    for (const auto action : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 14))) {
      if (action < 4) stream.add();
      if (action >= 4 && action < 6) stream.flush();
      if (action >= 6 && action < 8) stream.deliver(false);
      if (action == 8) stream.deliver(true);
      if (action == 9) stream.lose();
      if (action == 10) stream.acknowledge();
      if (action == 11) stream.cut();
      if (action == 12) stream.connect();
      if (action == 13) stream.connect_halfway(*rc::gen::arbitrary<bool>());
      stream.check_now();
    }
    stream.check_at_the_end();
  }));
}

}  // namespace
}  // namespace parley
