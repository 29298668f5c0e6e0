#include "actors/session/feeds.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "tests/actors/support/two_rooms.hpp"

namespace parley {

namespace {

/// A connection that knows the room, described up to `head` by its first sync.
feeds synced_at(sequence head) {
  feeds shown;
  shown.joined(room);
  shown.begin(std::vector<conversation_head>{{room, head, 1}});
  shown.described(room, 1);
  return shown;
}

/// Arrives and, if it may, is shown.
feeds::decision push(feeds& to, sequence seq) {
  const auto decided = to.arrived(room, seq);
  if (decided == feeds::decision::show) to.shown(room, seq);
  return decided;
}

}  // namespace

TEST(Feeds, ShowsTheNextEntryAtOnce) {
  auto shown = synced_at(3);
  EXPECT_EQ(push(shown, 4), feeds::decision::show);
  EXPECT_EQ(push(shown, 5), feeds::decision::show);
}

TEST(Feeds, IgnoresWhatWasShownBefore) {
  auto shown = synced_at(3);
  EXPECT_EQ(push(shown, 3), feeds::decision::ignore);
  EXPECT_EQ(push(shown, 1), feeds::decision::ignore);
}

TEST(Feeds, MendsAHoleBeforeItShowsWhatComesAfter) {
  auto shown = synced_at(3);
  EXPECT_EQ(push(shown, 5), feeds::decision::mend);
  EXPECT_EQ(push(shown, 4), feeds::decision::mend) << "5 would be missing afterwards";
  ASSERT_EQ(shown.start_mending(), room);
  EXPECT_EQ(shown.last_shown(room), 3);
  shown.shown(room, 4);
  shown.shown(room, 5);
  shown.stop_mending(room);
  EXPECT_EQ(push(shown, 6), feeds::decision::show);
}

TEST(Feeds, CountsTheConversationsThatAreBehindUntilTheyAreMended) {
  const auto behind = [began = counters.conversations_behind.value()] {
    return counters.conversations_behind.value() - began;
  };
  {
    auto shown = synced_at(3);
    EXPECT_EQ(behind(), 0);
    push(shown, 5);
    push(shown, 6);
    EXPECT_EQ(behind(), 1);
    ASSERT_EQ(shown.start_mending(), room);
    EXPECT_EQ(behind(), 1) << "while it is read";
    for (sequence seq = 4; seq <= 6; ++seq) shown.shown(room, seq);
    shown.stop_mending(room);
    EXPECT_EQ(behind(), 0);
    push(shown, 9);
    EXPECT_EQ(behind(), 1);
  }
  EXPECT_EQ(behind(), 0) << "the session has gone";
}

TEST(Feeds, ShowsNothingPastTheOneThatIsBeingMended) {
  auto shown = synced_at(3);
  push(shown, 5);
  ASSERT_EQ(shown.start_mending(), room);
  EXPECT_NE(push(shown, 4), feeds::decision::show);
}

TEST(Feeds, MendsOneConversationAtATime) {
  auto shown = synced_at(3);
  shown.joined(hall);
  push(shown, 5);
  ASSERT_TRUE(shown.start_mending());
  EXPECT_EQ(shown.start_mending(), std::nullopt);
}

TEST(Feeds, GoesOnMendingWhileSomethingIsMissing) {
  auto shown = synced_at(0);
  shown.head_is(room, 9);
  ASSERT_EQ(shown.start_mending(), room);
  shown.shown(room, 4);
  shown.stop_mending(room);
  EXPECT_EQ(shown.start_mending(), room);
  shown.shown(room, 9);
  shown.stop_mending(room);
  EXPECT_EQ(shown.start_mending(), std::nullopt);
}

TEST(Feeds, StopsMendingWhatTheLogHasNoMoreOf) {
  auto shown = synced_at(3);
  shown.head_is(room, 9);
  ASSERT_EQ(shown.start_mending(), room);
  shown.complete(room);
  shown.stop_mending(room);
  EXPECT_EQ(shown.start_mending(), std::nullopt);
}

TEST(Feeds, HoldsEverythingBackUntilTheFirstSync) {
  feeds shown;
  shown.joined(room);
  EXPECT_EQ(shown.arrived(room, 5), feeds::decision::ignore);
  shown.begin(std::vector<conversation_head>{{room, 4, 1}});
  shown.described(room, 1);
  EXPECT_EQ(shown.start_mending(), room) << "what arrived meanwhile lies above the head that was told";
  EXPECT_EQ(shown.last_shown(room), 4);
}

TEST(Feeds, ALaterSyncTakesNothingOutOfThePushes) {
  auto shown = synced_at(3);
  shown.described(room, 1);
  EXPECT_EQ(push(shown, 4), feeds::decision::show);
}

TEST(Feeds, SkipsNothingWhenALaterSyncTellsOfAMembershipThatBeganAgain) {
  auto shown = synced_at(3);
  shown.head_is(room, 9);
  shown.described(room, 8);
  ASSERT_EQ(shown.start_mending(), room);
  EXPECT_EQ(shown.last_shown(room), 3);
}

TEST(Feeds, BeginsAtTheJoinWhenALaterSyncDescribesAConversationFirst) {
  auto shown = synced_at(3);
  shown.joined(hall);
  shown.described(hall, 40);
  ASSERT_EQ(shown.start_mending(), hall);
  EXPECT_FALSE(shown.needs_description(hall));
  EXPECT_EQ(shown.last_shown(hall), 39);
}

TEST(Feeds, DescribesAConversationBeforeItsFirstEntry) {
  auto shown = synced_at(3);
  shown.joined(hall);
  EXPECT_EQ(shown.arrived(hall, 1), feeds::decision::mend);
  ASSERT_EQ(shown.start_mending(), hall);
  EXPECT_TRUE(shown.needs_description(hall));
  shown.announced(hall, 0, 1);
  shown.stop_mending(hall);
  ASSERT_EQ(shown.start_mending(), hall);
  EXPECT_FALSE(shown.needs_description(hall));
}

TEST(Feeds, KnowsNothingOfAConversationThatIsForgotten) {
  auto shown = synced_at(3);
  shown.head_is(room, 9);
  ASSERT_EQ(shown.start_mending(), room);
  shown.forget(room);
  EXPECT_FALSE(shown.knows(room));
  EXPECT_EQ(shown.arrived(room, 4), feeds::decision::ignore);
  EXPECT_EQ(shown.start_mending(), std::nullopt);
}

TEST(Feeds, IgnoresConversationsItWasNotToldOf) {
  auto shown = synced_at(3);
  EXPECT_EQ(shown.arrived(hall, 1), feeds::decision::ignore);
  EXPECT_EQ(shown.head_is(hall, 1), feeds::decision::ignore);
}

}  // namespace parley
