#include "actors/shard/known_heads.hpp"

#include <gtest/gtest.h>

namespace parley {

TEST(KnownHeads, TellTheHighestOfAConversation) {
  known_heads heads;
  EXPECT_EQ(heads.of({1}), 0);
  heads.written({1}, 5);
  heads.written({1}, 4);
  EXPECT_EQ(heads.of({1}), 5);
}

TEST(KnownHeads, ForgetTheOneWrittenLongestAgo) {
  known_heads heads(2);
  heads.written({1}, 5);
  heads.written({2}, 6);
  heads.written({1}, 7);
  heads.written({3}, 8);
  EXPECT_EQ(heads.of({1}), 7);
  EXPECT_EQ(heads.of({2}), 0);
  EXPECT_EQ(heads.of({3}), 8);
}

TEST(KnownHeads, ForgetAllWhenTheShardIsLost) {
  known_heads heads;
  heads.written({1}, 5);
  heads.clear();
  EXPECT_EQ(heads.of({1}), 0);
}

}  // namespace parley
