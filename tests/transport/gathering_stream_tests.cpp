#include "transport/gathering_stream.hpp"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <random>

#include "tests/transport/support/text_frame.hpp"

// The layer by itself, over real sockets in one thread, with a socket that takes as little at a time as
// the test wants.

namespace parley::testing {
namespace {

using boost::system::error_code;
namespace net = boost::asio;

/// Plain TCP that takes at most so many bytes a call, and none every so often.
class reluctant_socket final : public byte_socket {
public:
  using byte_socket::byte_socket;
  result read(void* to, std::size_t size) override {
    const auto got = ::recv(socket_.native_handle(), to, size, 0);
    if (got > 0) return {static_cast<std::size_t>(got), state::done};
    return {0, got == 0 ? state::ended : state::wants_read};
  }
  result write(std::span<const iovec> pieces) override {
    ++writes;
    if (breaks) return {0, state::broken};
    const auto size = std::min(pieces.front().iov_len, bytes_a_call);
    if (size == 0 || (bytes_a_call < 1'000'000 && dice_() % 5 == 0)) return {0, state::wants_write};
    const auto sent = ::send(socket_.native_handle(), pieces.front().iov_base, size, MSG_NOSIGNAL);
    if (sent < 0) return {0, state::wants_write};
    return {static_cast<std::size_t>(sent), dice_() % 2 == 0 ? state::done : state::wants_write};
  }
  [[nodiscard]] bool has_read_ahead() const override { return false; }
  state finish_writing() override {
    if (++finished <= finishes_refused) return state::wants_write;
    ::shutdown(socket_.native_handle(), SHUT_WR);
    return state::done;
  }

  std::size_t bytes_a_call = 1'000'000;
  bool breaks = false;
  std::size_t writes = 0;
  int finished = 0;
  int finishes_refused = 0;  // so often there is no room for the goodbye

private:
  std::mt19937 dice_{1};
};

struct recording_owner : stream_owner {
  void bytes_added(std::size_t bytes) override { added += bytes; }
  void bytes_left(std::size_t bytes) override { left += bytes; }
  void close_frame_written() override { ++close_frames; }
  void broken() override { ++times_broken; }
  std::size_t added = 0;
  std::size_t left = 0;
  int close_frames = 0;
  int times_broken = 0;
};

class GatheringStream : public ::testing::Test {
protected:
  GatheringStream() {
    net::ip::tcp::acceptor acceptor{context, {net::ip::address_v4::loopback(), 0}};
    other.connect(acceptor.local_endpoint());
    tcp_socket accepted{context};
    acceptor.accept(accepted);
    auto made = std::make_unique<reluctant_socket>(std::move(accepted));
    socket = made.get();
    stream = std::make_shared<gathering_stream>(std::move(made), dirty, buffers);
    stream->belongs_to(&owner);
    other.non_blocking(true);
  }
  ~GatheringStream() override {
    if (stream) stream->belongs_to(nullptr);
  }
  /// What the loop of an I/O thread does, until this holds; false if it never does.
  template <class Condition>
  bool run_until(Condition holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      context.restart();
      context.poll();
      dirty.flush();
    }
    return true;
  }
  /// Everything that has arrived at the other side so far.
  const std::string& arrived() {
    std::array<char, 65'536> some;
    error_code problem;
    while (const auto bytes = other.read_some(net::buffer(some), problem))
      received.append(some.data(), bytes);
    saw_end = problem == net::error::eof;
    return received;
  }

  flush_list dirty;
  buffer_pool buffers;
  net::io_context context{1};
  tcp_socket other{context};
  recording_owner owner;
  reluctant_socket* socket = nullptr;
  std::shared_ptr<gathering_stream> stream;
  std::string received;
  bool saw_end = false;
};

TEST_F(GatheringStream, SendsWhatPiledUpInOneCall) {
  for (int i = 0; i < 50; ++i) stream->push(text_frame("hello"));
  EXPECT_EQ(socket->writes, 0U);
  dirty.flush();
  EXPECT_EQ(socket->writes, 1U);
  ASSERT_TRUE(run_until([&] { return arrived().size() == 50U * 7U; }));
  EXPECT_EQ(owner.left, 50U * 7U);
}

TEST_F(GatheringStream, KeepsBytesInOrderThroughPartialWrites) {
  std::string expected;
  std::mt19937 dice{2};
  for (const std::size_t bytes_a_call : {1U, 2U, 7U, 100U, 5'000U}) {
    socket->bytes_a_call = bytes_a_call;
    for (int i = 0; i < 60; ++i) {
      const auto size = dice() % 20 == 0 ? dice() % (200 * bytes_a_call) : dice() % (20 * bytes_a_call);
      const std::string text(size, static_cast<char>('a' + dice() % 26));
      if (dice() % 4 == 0) {
        stream->write(text);
        expected += text;
      } else {
        const auto made = text_frame(text);
        stream->push(made);
        expected += made->bytes;
      }
      if (dice() % 3 == 0) dirty.flush();
    }
    ASSERT_TRUE(run_until([&] { return arrived().size() >= expected.size(); }));
    ASSERT_EQ(received, expected);
  }
  EXPECT_EQ(stream->sent(), stream->queued());
  EXPECT_GT(socket->writes, 1'000U);
}

TEST_F(GatheringStream, HoldsACompletionUntilWhatWasWrittenHasLeft) {
  EXPECT_FALSE(stream->must_hold());
  socket->bytes_a_call = 0;
  stream->push(text_frame(std::string(70'000, 'x')));
  EXPECT_TRUE(stream->must_hold());
  stream->write("pong");
  bool told = false;
  stream->hold([&] { told = true; });
  dirty.flush();
  EXPECT_FALSE(told);
  EXPECT_TRUE(stream->is_holding());
  EXPECT_TRUE(stream->is_blocked());
  socket->bytes_a_call = 1'000;
  ASSERT_TRUE(run_until([&] {
    arrived();
    return told;
  }));
  EXPECT_EQ(stream->sent(), stream->queued());
}

TEST_F(GatheringStream, TakesNoFrameBehindACloseFrame) {
  stream->push(text_frame("before"));
  stream->write(std::string{"\x88\x02\x03\xe8", 4});
  EXPECT_EQ(owner.close_frames, 1);
  stream->push(text_frame("after"));
  ASSERT_TRUE(run_until([&] { return arrived().size() >= 12; }));
  EXPECT_EQ(received, text_frame("before")->bytes + "\x88\x02\x03\xe8");
  EXPECT_EQ(owner.added, 4U);
}

TEST_F(GatheringStream, EndsBehindEverythingWrittenAndOnceTheOtherSideHasEndedToo) {
  socket->bytes_a_call = 300;
  stream->push(text_frame(std::string(5'000, 'x')));
  bool ended = false;
  stream->end([&] { ended = true; });
  ASSERT_TRUE(run_until([&] {
    arrived();
    return saw_end;
  }));
  EXPECT_EQ(received.size(), 5'004U);
  EXPECT_EQ(socket->finished, 1);
  EXPECT_FALSE(ended);
  // What still comes is read, so that closing resets nothing.
  other.write_some(net::buffer(std::string(1'000, 'y')));
  other.shutdown(net::ip::tcp::socket::shutdown_send);
  ASSERT_TRUE(run_until([&] { return ended; }));
  EXPECT_TRUE(stream->is_closed());
}

TEST_F(GatheringStream, WaitsForRoomForTheGoodbye) {
  socket->finishes_refused = 2;
  stream->write("last");
  bool ended = false;
  stream->end([&] { ended = true; });
  ASSERT_TRUE(run_until([&] {
    arrived();
    return saw_end;
  }));
  EXPECT_EQ(socket->finished, 3);
  EXPECT_EQ(received, "last");
  other.close();
  ASSERT_TRUE(run_until([&] { return ended; }));
}

TEST_F(GatheringStream, TellsEverybodyWhoWaitsWhenTheConnectionIsLost) {
  socket->bytes_a_call = 0;
  stream->push(text_frame(std::string(70'000, 'x')));
  bool told = false;
  bool ended = false;
  stream->hold([&] { told = true; });
  stream->end([&] { ended = true; });
  dirty.flush();
  EXPECT_TRUE(stream->is_blocked());
  stream->close();
  EXPECT_TRUE(told);
  EXPECT_TRUE(ended);
  EXPECT_EQ(owner.times_broken, 1);
  stream->push(text_frame("late"));
  stream->write("late");
  bool ended_again = false;
  stream->end([&] { ended_again = true; });
  EXPECT_FALSE(ended_again) << "never within the call";
  ASSERT_TRUE(run_until([&] { return ended_again && !stream->is_blocked(); }));
  EXPECT_EQ(owner.times_broken, 1);
}

TEST_F(GatheringStream, IsLostWhenAWriteBreaks) {
  socket->breaks = true;
  stream->push(text_frame("x"));
  dirty.flush();
  EXPECT_EQ(owner.times_broken, 1);
  EXPECT_TRUE(stream->is_closed());
}

TEST_F(GatheringStream, MayGoWhileItIsDirtyOrBlocked) {
  socket->bytes_a_call = 0;
  stream->push(text_frame("x"));
  dirty.flush();
  stream->push(text_frame("y"));
  stream->belongs_to(nullptr);
  stream->close();
  stream.reset();
  context.poll();
  dirty.flush();
  EXPECT_EQ(owner.times_broken, 0);
}

TEST_F(GatheringStream, ReadsAgainWhatWasPutBack) {
  other.write_some(net::buffer(std::string("behind")));
  stream->put_back("in front ");
  EXPECT_TRUE(stream->may_have_bytes());
  std::string text;
  ASSERT_TRUE(run_until([&] {
    std::array<char, 4> some;
    if (const auto got = stream->read(net::buffer(some))) text.append(some.data(), got->bytes);
    return text.size() == 15;
  }));
  EXPECT_EQ(text, "in front behind");
}

}  // namespace
}  // namespace parley::testing
