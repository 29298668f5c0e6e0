#include "actors/conversation/request_lines.hpp"

#include <gtest/gtest.h>

namespace parley {

namespace {

using verdict = request_lines::verdict;
constexpr address ann{{1}, {1}};
constexpr address bob{{1}, {2}};
constexpr address eve{{1}, {3}};

}  // namespace

TEST(RequestLines, TakeTheNextNumberOnly) {
  request_lines lines;
  EXPECT_EQ(lines.judge(ann, 1, 1), verdict::take);
  EXPECT_EQ(lines.judge(ann, 1, 2), verdict::take);
  EXPECT_EQ(lines.judge(ann, 1, 2), verdict::drop) << "taken before";
  EXPECT_EQ(lines.judge(ann, 1, 4), verdict::resend) << "3 is missing";
  EXPECT_EQ(lines.judge(ann, 1, 3), verdict::take);
}

TEST(RequestLines, AskForWhatCameBeforeTheyBegan) {
  request_lines lines;
  EXPECT_EQ(lines.judge(ann, 5, 3), verdict::resend);
}

TEST(RequestLines, BeginAnewWithANewLineAndDropTheOldOne) {
  request_lines lines;
  ASSERT_EQ(lines.judge(ann, 1, 1), verdict::take);
  EXPECT_EQ(lines.judge(ann, 2, 1), verdict::take);
  EXPECT_EQ(lines.judge(ann, 1, 2), verdict::drop);
}

TEST(RequestLines, TakeNothingMoreOfAnEndedLine) {
  request_lines lines;
  ASSERT_EQ(lines.judge(ann, 1, 1), verdict::take);
  lines.end(ann, 1);
  EXPECT_EQ(lines.judge(ann, 1, 2), verdict::drop);
  EXPECT_EQ(lines.judge(ann, 2, 1), verdict::take);
}

TEST(RequestLines, AreOfOneSessionEach) {
  request_lines lines;
  ASSERT_EQ(lines.judge(ann, 1, 1), verdict::take);
  EXPECT_EQ(lines.judge(bob, 1, 1), verdict::take);
  lines.end(ann, 1);
  EXPECT_EQ(lines.judge(bob, 1, 2), verdict::take);
}

TEST(RequestLines, RefuseAgainWhatWasRefusedWhenItIsSentAgain) {
  request_lines lines;
  const failure why{errc::bad_request, "no", {}};
  ASSERT_EQ(lines.judge(ann, 1, 1, 7), verdict::take);
  lines.refuse(ann, 7, why);
  ASSERT_EQ(lines.judge(ann, 2, 1, 7), verdict::take);
  EXPECT_EQ(lines.refusal_of(ann, 7), why);
  EXPECT_EQ(lines.refusal_of(ann, 8), std::nullopt);
  EXPECT_EQ(lines.refusal_of(bob, 7), std::nullopt);
}

TEST(RequestLines, ForgetRefusalsThatTheSessionHasTaken) {
  request_lines lines;
  ASSERT_EQ(lines.judge(ann, 1, 1, 7), verdict::take);
  lines.refuse(ann, 7, {errc::bad_request, "no", {}});
  ASSERT_EQ(lines.judge(ann, 2, 1, 8), verdict::take);
  EXPECT_EQ(lines.refusal_of(ann, 7), std::nullopt);
}

TEST(RequestLines, ForgetWhoHasBeenSilentLongestAndAskThemAgain) {
  request_lines lines(2);
  ASSERT_EQ(lines.judge(ann, 1, 1), verdict::take);
  ASSERT_EQ(lines.judge(bob, 1, 1), verdict::take);
  ASSERT_EQ(lines.judge(ann, 1, 2), verdict::take);
  ASSERT_EQ(lines.judge(eve, 1, 1), verdict::take);
  EXPECT_EQ(lines.judge(ann, 1, 3), verdict::take);
  EXPECT_EQ(lines.judge(bob, 1, 2), verdict::resend);
}

}  // namespace parley
