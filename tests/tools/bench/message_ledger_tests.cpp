#include "tools/parley/bench/message_ledger.hpp"

#include <gtest/gtest.h>

namespace parley::bench {
namespace {

using verdict = message_ledger::verdict;

TEST(MessageLedger, FinishesAMessageOnceItWasAcknowledgedAndShownToAll) {
  message_ledger ledger{2};
  const auto number = ledger.begin(5, 0);
  EXPECT_EQ(ledger.in_flight(), 1U);
  EXPECT_EQ(ledger.delivered(number, 7), verdict::good);
  EXPECT_EQ(ledger.acknowledged(number, 7), verdict::good);
  EXPECT_FALSE(ledger.is_finished(number));
  EXPECT_EQ(ledger.delivered(number, 7), verdict::good);
  EXPECT_TRUE(ledger.is_finished(number));
  EXPECT_EQ(ledger.in_flight(), 0U);
  EXPECT_EQ(ledger.find(number), nullptr);
}

TEST(MessageLedger, KnowsWhenAndByWhomAMessageWasToBeSent) {
  message_ledger ledger{1};
  ledger.begin(100, 3);
  const auto second = ledger.begin(200, 4);
  ASSERT_NE(ledger.find(second), nullptr);
  EXPECT_EQ(ledger.find(second)->intended, 200);
  EXPECT_EQ(ledger.find(second)->sender, 4U);
}

TEST(MessageLedger, NoticesAMessageInTwoPlaces) {
  message_ledger ledger{2};
  const auto number = ledger.begin(0, 0);
  EXPECT_EQ(ledger.delivered(number, 7), verdict::good);
  EXPECT_EQ(ledger.delivered(number, 8), verdict::other_seq);
  EXPECT_EQ(ledger.acknowledged(number, 8), verdict::other_seq);
}

TEST(MessageLedger, NoticesASecondAcknowledgement) {
  message_ledger ledger{1};
  const auto number = ledger.begin(0, 0);
  EXPECT_EQ(ledger.acknowledged(number, 7), verdict::good);
  EXPECT_EQ(ledger.acknowledged(number, 7), verdict::said_before);
}

TEST(MessageLedger, NoticesMoreDeliveriesThanThereAreMembers) {
  message_ledger ledger{1};
  const auto number = ledger.begin(0, 0);
  EXPECT_EQ(ledger.delivered(number, 7), verdict::good);
  EXPECT_EQ(ledger.delivered(number, 7), verdict::unknown);
  EXPECT_EQ(ledger.acknowledged(number, 7), verdict::good);
  EXPECT_EQ(ledger.delivered(number, 7), verdict::unknown);
}

TEST(MessageLedger, NoticesWhatWasNeverSent) {
  message_ledger ledger{1};
  EXPECT_EQ(ledger.delivered(1, 7), verdict::unknown);
  const auto number = ledger.begin(0, 0);
  EXPECT_EQ(ledger.delivered(0, 7), verdict::unknown);
  EXPECT_EQ(ledger.acknowledged(number + 1, 7), verdict::unknown);
  EXPECT_FALSE(ledger.is_finished(number + 1));
  EXPECT_FALSE(ledger.is_finished(0));
}

TEST(MessageLedger, CountsRightWhenMessagesFinishOutOfOrder) {
  message_ledger ledger{1};
  const auto first = ledger.begin(0, 0);
  const auto second = ledger.begin(0, 0);
  ledger.acknowledged(second, 2);
  ledger.delivered(second, 2);
  EXPECT_TRUE(ledger.is_finished(second));
  EXPECT_FALSE(ledger.is_finished(first));
  EXPECT_EQ(ledger.in_flight(), 1U);
  ledger.delivered(first, 1);
  ledger.acknowledged(first, 1);
  EXPECT_EQ(ledger.in_flight(), 0U);
  EXPECT_EQ(ledger.sent(), 2U);
  EXPECT_EQ(ledger.begin(0, 0), 3U);
}

TEST(Findings, CountAllAndKeepTheFirst) {
  findings wrong;
  for (int i = 0; i < 1'000; ++i) wrong.add(std::to_string(i));
  EXPECT_EQ(wrong.count(), 1'000U);
  ASSERT_FALSE(wrong.first().empty());
  EXPECT_LT(wrong.first().size(), 20U);
  EXPECT_EQ(wrong.first().front(), "0");
}

}  // namespace
}  // namespace parley::bench
