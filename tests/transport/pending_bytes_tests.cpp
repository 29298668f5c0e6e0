#include "transport/pending_bytes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "tests/transport/support/text_frame.hpp"

namespace parley::testing {
namespace {

class PendingBytes : public ::testing::Test {
protected:
  /// Everything that waits, taken in steps of at most so many bytes and pieces.
  std::string drain(std::size_t bytes_a_step, std::size_t pieces_a_step) {
    std::string all;
    std::vector<iovec> pieces(pieces_a_step);
    while (!pending.empty()) {
      const auto count = pending.pieces(pieces);
      EXPECT_GT(count, 0U);
      if (count == 0) break;
      std::string step;
      for (std::size_t i = 0; i < count; ++i)
        step.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
      EXPECT_FALSE(step.empty());
      step.resize(std::min(step.size(), bytes_a_step));
      all += step;
      pending.consume(step.size());
    }
    return all;
  }

  buffer_pool pool;
  pending_bytes pending{pool};
};

TEST_F(PendingBytes, GathersSmallFramesIntoOnePiece) {
  for (int i = 0; i < 20; ++i) pending.add(text_frame("hello"));
  std::array<iovec, 4> pieces{};
  EXPECT_EQ(pending.pieces(pieces), 1U);
  EXPECT_EQ(pieces[0].iov_len, pending.size());
  EXPECT_EQ(pending.size(), 20U * 7U);
}

TEST_F(PendingBytes, ReferencesLargeFramesAndKeepsThemUntilSent) {
  auto large = text_frame(std::string(10'000, 'x'));
  pending.add(text_frame("before"));
  pending.add(large);
  pending.add(text_frame("after"));
  std::array<iovec, 4> pieces{};
  ASSERT_EQ(pending.pieces(pieces), 3U);
  EXPECT_EQ(pieces[1].iov_base, large->bytes.data());
  EXPECT_EQ(large.use_count(), 2);
  pending.consume(pieces[0].iov_len + pieces[1].iov_len - 1);
  EXPECT_EQ(large.use_count(), 2);
  pending.consume(1);
  EXPECT_EQ(large.use_count(), 1);
  pending.clear();
  EXPECT_TRUE(pending.empty());
}

TEST_F(PendingBytes, KeepsEveryByteInOrderHoweverItIsTaken) {
  std::mt19937 dice{1};
  for (int round = 0; round < 200; ++round) {
    std::string expected;
    std::string got;
    for (int burst = 0; burst < 5; ++burst) {
      const auto frames = dice() % 120;
      for (unsigned i = 0; i < frames; ++i) {
        const auto size = dice() % 8 == 0 ? dice() % 40'000 : dice() % 300;
        const std::string text(size, static_cast<char>('a' + dice() % 26));
        if (dice() % 3 == 0) {
          pending.add(text);
          expected += text;
        } else {
          const auto made = text_frame(text);
          pending.add(made);
          expected += made->bytes;
        }
      }
      // Some of it leaves before more comes.
      const auto some = dice() % (pending.size() + 1);
      std::size_t left = 0;
      while (left < some) {
        std::array<iovec, 3> pieces{};
        const auto count = pending.pieces(pieces);
        std::string step;
        for (std::size_t i = 0; i < count; ++i)
          step.append(static_cast<const char*>(pieces.at(i).iov_base), pieces.at(i).iov_len);
        step.resize(std::min(step.size(), some - left));
        got += step;
        left += step.size();
        pending.consume(step.size());
      }
    }
    got += drain(1 + dice() % 5'000, 1 + dice() % 8);
    ASSERT_EQ(got, expected);
    ASSERT_EQ(pending.size(), 0U);
  }
}

TEST_F(PendingBytes, TakesTextsLargerThanABuffer) {
  const std::string text(100'000, 'x');
  pending.add(text);
  EXPECT_EQ(drain(7'777, 2), text);
}

TEST(BufferPool, LendsABufferAgainThatWasGivenBack) {
  buffer_pool pool;
  auto first = pool.take();
  first = first.append("something");
  const auto* memory = first.data();
  pool.give_back(std::move(first));
  const auto again = pool.take();
  EXPECT_EQ(again.data(), memory);
  EXPECT_TRUE(again.empty());
}

}  // namespace
}  // namespace parley::testing
