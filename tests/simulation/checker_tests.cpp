#include "tests/simulation/checker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/simulation/story.hpp"

// Each promise is broken once, by hand, in an otherwise honest history.
namespace parley::simulation {

using testing::Contains;
using testing::IsEmpty;
using testing::StartsWith;

TEST(Checker, FindsNothingInAnHonestHistory) {
  story told;
  told.says(2, "a");
  told.says(3, "b");
  EXPECT_THAT(told.found(), IsEmpty());
}

// Whose a shard is.

namespace {

/// A message that is written over the connection of this backend.
void says_over(story& told, int backend, sequence seq, const std::string& key) {
  const auto asked = told.sends(anns, key);
  told.commits(seq, ann, story::message(key), backend);
  told.acknowledges(anns, asked, seq);
  told.shows_both(seq, ann, key);
}

}  // namespace

TEST(Checker, LetsAShardGoFromOneOwnerToAnother) {
  story told;
  told.takes_lock(1);
  says_over(told, 1, 2, "a");
  told.frees_lock(1);
  told.takes_lock(2);
  says_over(told, 2, 3, "b");
  EXPECT_THAT(told.found(), IsEmpty());
}

TEST(Checker, SeesAWriterWhoseLockAnotherHas) {
  story told;
  told.takes_lock(1);
  told.frees_lock(1);
  told.takes_lock(2);
  says_over(told, 1, 2, "late");
  EXPECT_THAT(told.found(),
              Contains(StartsWith("written without the lock of its shard, which backend 2 holds")));
}

TEST(Checker, SeesAWriterThatHasNoLockAtAll) {
  story told;
  says_over(told, 1, 2, "a");
  EXPECT_THAT(told.found(),
              Contains(StartsWith("written without the lock of its shard, which nobody holds")));
}

TEST(Checker, SeesAShardWithTwoOwners) {
  story told;
  told.takes_lock(1);
  told.takes_lock(2);
  EXPECT_THAT(told.found(),
              Contains(StartsWith("shard " + std::to_string(shard_of(room).value) + " has two owners")));
}

// The log.

TEST(Checker, SeesANumberThatIsLeftOut) {
  story told;
  told.says(3, "a");
  EXPECT_THAT(told.found(), Contains(StartsWith("the log is not dense")));
}

TEST(Checker, SeesAKeyThatIsInTheLogTwice) {
  story told;
  told.says(2, "a");
  told.says(3, "a");
  EXPECT_THAT(told.found(), Contains(StartsWith("the same key is in the log twice")));
}

TEST(Checker, SeesAnEntryThatNobodyAskedFor) {
  story told;
  told.commits(2, ann, "a");
  told.shows_both(2, ann, "a");
  EXPECT_THAT(told.found(), Contains(StartsWith("an entry that nobody had asked for")));
}

TEST(Checker, SeesAnEntryOfARefusedRequest) {
  story told;
  told.refuses(anns, told.sends(anns, "a"), errc::overloaded);
  told.commits(2, ann, "a");
  told.shows_both(2, ann, "a");
  EXPECT_THAT(told.found(), Contains(StartsWith("an entry whose sender was told that nothing happened")));
}

TEST(Checker, AllowsAnEntryOfARequestWhoseOutcomeIsUnknown) {
  story told;
  told.refuses(anns, told.sends(anns, "a"), errc::unavailable);
  told.commits(2, ann, "a");
  told.shows_both(2, ann, "a");
  EXPECT_THAT(told.found(), IsEmpty());
}

TEST(Checker, SeesAnEntryOfAStranger) {
  story told;
  const auto asked = told.sends(eves, "a");
  told.commits(2, eve, "a");
  told.shows_both(2, eve, "a");
  told.acknowledges(eves, asked, 2);
  EXPECT_THAT(told.found(), Contains(StartsWith("an entry of somebody who is no member")));
}

// Answers.

TEST(Checker, SeesAnAcknowledgementBeforeTheCommit) {
  story told;
  const auto asked = told.sends(anns, "a");
  told.acknowledges(anns, asked, 2);
  told.commits(2, ann, "a");
  told.shows_both(2, ann, "a");
  EXPECT_THAT(told.found(), Contains(StartsWith("acknowledged before it was committed")));
}

TEST(Checker, SeesAnAcknowledgementOfAnotherEntry) {
  story told;
  told.says(2, "a");
  told.acknowledges(anns, told.sends(anns, "b"), 2, true);
  EXPECT_THAT(told.found(), Contains(StartsWith("acknowledged with another content than the log's")));
}

TEST(Checker, SeesARepeatThatIsCalledNew) {
  story told;
  told.says(2, "a");
  told.acknowledges(anns, told.sends(anns, "a"), 2);
  EXPECT_THAT(told.found(), Contains(StartsWith("acknowledged twice as written now")));
}

TEST(Checker, AllowsARepeatThatIsCalledOne) {
  story told;
  told.says(2, "a");
  told.acknowledges(anns, told.sends(anns, "a"), 2, true);
  EXPECT_THAT(told.found(), IsEmpty());
}

TEST(Checker, SeesASecondAnswer) {
  story told;
  const auto asked = told.asks(anns, request::ping{});
  told.answers(anns, asked, client_reply{reply::pong{}});
  told.answers(anns, asked, client_reply{reply::pong{}});
  EXPECT_THAT(told.found(), Contains(StartsWith("a second answer to one request")));
}

TEST(Checker, SeesAnAnswerToNothing) {
  story told;
  told.answers(anns, 77, client_reply{reply::pong{}});
  EXPECT_THAT(told.found(), Contains(StartsWith("an answer to what nobody asked")));
}

TEST(Checker, SeesARequestThatIsNeverAnswered) {
  story told;
  told.asks(anns, request::ping{});
  EXPECT_THAT(told.found(), Contains(StartsWith("never answered")));
}

TEST(Checker, SeesARefusalWithoutAReason) {
  story told;
  told.refuses(anns, told.sends(anns, "a"), errc::conflict);
  EXPECT_THAT(told.found(), Contains(StartsWith("a refusal without a reason")));
}

TEST(Checker, AllowsTheConflictOfAKeyUsedForSomethingElse) {
  story told;
  told.says(2, "a");
  told.refuses(anns, told.sends(anns, "a", "other"), errc::conflict);
  EXPECT_THAT(told.found(), IsEmpty());
}

TEST(Checker, SeesAMemberWhoIsToldThatTheConversationDoesNotExist) {
  story told;
  told.does_not_know(bobs, told.sends(bobs, "a"));
  EXPECT_THAT(told.found(), Contains(StartsWith("a member is told that the conversation does not exist")));
}

TEST(Checker, SeesAStrangerWhoLearnsThatTheConversationExists) {
  story told;
  told.refuses(eves, told.sends(eves, "a"), errc::forbidden);
  EXPECT_THAT(told.found(), Contains(StartsWith("a stranger learns that it exists")));
}

TEST(Checker, SeesAStrangerWhoReadsTheLog) {
  story told;
  told.answers(eves, told.asks(eves, request::history{room, {}, {}, 10}), client_reply{entries_page{}});
  EXPECT_THAT(told.found(), Contains(StartsWith("a stranger reads the log")));
}

TEST(Checker, SeesHistoryThatIsBehindWhatWasCommitted) {
  story told;
  told.says(2, "a");
  told.answers(bobs, told.asks(bobs, request::history{room, {}, {}, 10}), client_reply{entries_page{}});
  EXPECT_THAT(told.found(), Contains(StartsWith("history misses what was committed")));
}

TEST(Checker, SeesHistoryWithAnotherText) {
  story told;
  told.says(2, "a");
  entries_page page;
  page.entries.push_back(story::entry_of(2, ann, story::message("a", "forged")));
  told.answers(bobs, told.asks(bobs, request::history{room, {}, {}, 1}), client_reply{std::move(page)});
  EXPECT_THAT(told.found(), Contains(StartsWith("history differs from the log")));
}

TEST(Checker, SeesASyncThatMissesAConversation) {
  story told;
  told.answers(bobs, told.asks(bobs, request::sync{}), client_reply{reply::synced{}});
  EXPECT_THAT(told.found(), Contains(StartsWith("sync misses a conversation")));
}

TEST(Checker, SeesASyncWithAHeadThatIsTooLow) {
  story told;
  told.says(2, "a");
  request::sync wanted;
  wanted.have = {{room, 1}};
  told.answers(bobs, told.asks(bobs, wanted), client_reply{story::synced(1)});
  EXPECT_THAT(told.found(), Contains(StartsWith("sync misses what was committed before")));
}

// Order.

TEST(Checker, SeesARequestThatOvertakesAnEarlierOne) {
  story told;
  const auto first = told.sends(anns, "a");
  const auto second = told.sends(anns, "b");
  told.commits(2, ann, "b");
  told.commits(3, ann, "a");
  told.acknowledges(anns, second, 2);
  told.acknowledges(anns, first, 3);
  told.shows_both(2, ann, "b");
  told.shows_both(3, ann, "a");
  EXPECT_THAT(told.found(), Contains(StartsWith("overtook an earlier request")));
}

TEST(Checker, SeesAReadThatMissesAnEarlierWriteOfItsConnection) {
  story told;
  const auto write = told.sends(anns, "a");
  const auto read = told.asks(anns, request::history{room, {}, {}, 10});
  told.commits(2, ann, "a");
  told.answers(anns, read, client_reply{entries_page{}});
  told.acknowledges(anns, write, 2);
  told.shows_both(2, ann, "a");
  EXPECT_THAT(told.found(), Contains(StartsWith("a read does not see an earlier write")));
}

TEST(Checker, SeesALaterRequestThatIsTakenAfterATemporaryRefusal) {
  story told;
  const auto first = told.sends(anns, "a");
  const auto second = told.sends(anns, "b");
  told.refuses(anns, first, errc::overloaded);
  told.commits(2, ann, "b");
  told.acknowledges(anns, second, 2);
  told.shows_both(2, ann, "b");
  EXPECT_THAT(told.found(),
              Contains(StartsWith("an earlier request was refused for the moment, this was not")));
}

TEST(Checker, SeesALaterRequestThatIsRefusedWithAnotherCode) {
  story told;
  const auto first = told.sends(anns, "a");
  const auto second = told.sends(anns, "b");
  told.refuses(anns, first, errc::overloaded);
  told.refuses(anns, second, errc::rate_limited);
  EXPECT_THAT(told.found(),
              Contains(StartsWith("an earlier request was refused for the moment, this was not")));
}

TEST(Checker, AllowsARequestThatWasReadAfterTheRefusal) {
  story told;
  told.refuses(anns, told.sends(anns, "a"), errc::overloaded);
  told.says(2, "b");
  EXPECT_THAT(told.found(), IsEmpty());
}

// Feeds.

TEST(Checker, SeesAnEntryShownBeforeItsCommit) {
  story told;
  const auto asked = told.sends(anns, "a");
  told.shows_both(2, ann, "a");
  told.commits(2, ann, "a");
  told.acknowledges(anns, asked, 2);
  EXPECT_THAT(told.found(), Contains(StartsWith("shown before it was committed")));
}

TEST(Checker, SeesAHoleInWhatIsShown) {
  story told;
  told.says(2, "a");
  const auto asked = told.sends(anns, "b");
  told.commits(3, ann, "b");
  told.acknowledges(anns, asked, 3);
  told.shows(anns, 3, ann, "b");
  told.says(4, "c");
  EXPECT_THAT(told.found(), Contains(StartsWith("a hole before this entry")));
}

TEST(Checker, SeesAnEntryShownTwice) {
  story told;
  told.says(2, "a");
  told.shows(bobs, 2, ann, "a");
  EXPECT_THAT(told.found(), Contains(StartsWith("shown again")));
}

TEST(Checker, SeesAnEntryThatIsNeverShown) {
  story told;
  const auto asked = told.sends(anns, "a");
  told.commits(2, ann, "a");
  told.acknowledges(anns, asked, 2);
  told.shows(anns, 2, ann, "a");
  EXPECT_THAT(told.found(), Contains(StartsWith("never shown to connection 2")));
}

TEST(Checker, SeesAnEntryShownToAStranger) {
  story told;
  told.says(2, "a");
  told.shows(eves, 2, ann, "a");
  EXPECT_THAT(told.found(), Contains(StartsWith("shown to somebody who is no member")));
}

TEST(Checker, SeesAnEntryShownBeforeTheFirstSync) {
  story told;
  told.note(happened::opened{4, bob});
  told.says(2, "a");
  told.shows(4, 2, ann, "a");
  EXPECT_THAT(told.found(), Contains(StartsWith("shown before the first sync")));
}

TEST(Checker, ExpectsNothingMoreOfAConnectionThatIsGone) {
  story told;
  told.asks(bobs, request::ping{});
  told.note(happened::closed{bobs});
  const auto asked = told.sends(anns, "a");
  told.commits(2, ann, "a");
  told.acknowledges(anns, asked, 2);
  told.shows(anns, 2, ann, "a");
  EXPECT_THAT(told.found(), IsEmpty());
}

}  // namespace parley::simulation
