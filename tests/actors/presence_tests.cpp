#include <gtest/gtest.h>

#include <vector>

#include "actors/relay/presence_batches.hpp"
#include "actors/session/presence_watch.hpp"

// Who is there, as a session tells its client, and as one node tells another.
namespace parley {

namespace {

constexpr user_id watched_one{2};
constexpr incarnation_id one_peer{11};
constexpr incarnation_id other_peer{22};

/// Watches somebody who may be seen; `was_online` as the database has it.
presence_watch watching(bool was_online) {
  const std::vector<user_id> users{watched_one};
  presence_watch watch;
  watch.add(users);
  watch.may_see(users, std::vector<presence_record>{{watched_one, was_online, {}}});
  return watch;
}

/// The user's actor speaks, and the client is told what is new.
std::vector<bool> hear(presence_watch& watch, bool online, bool settled) {
  watch.heard({watched_one, online, {}}, settled);
  std::vector<bool> told;
  for (const auto& state : watch.news()) {
    told.push_back(state.online);
    watch.told(state);
  }
  return told;
}

void tell_first(presence_watch& watch) { watch.told(watch.state_of(watched_one).value()); }

presence_changed word_on(std::int64_t user, bool online) { return {{{user}, online, {}}, true}; }

}  // namespace

TEST(PresenceWatch, BelievesTheDatabaseUntilTheOwnerIsCertain) {
  auto watch = watching(true);
  watch.heard({watched_one, false, {}}, false);
  EXPECT_TRUE(watch.state_of(watched_one).value().online) << "most of those who were there come back";
  tell_first(watch);
  EXPECT_EQ(hear(watch, false, true), std::vector<bool>{false});
}

TEST(PresenceWatch, WhoIsThereStaysThereWhileTheirShardMoves) {
  // The database was asked when they were away; they came since.
  auto watch = watching(false);
  watch.heard({watched_one, false, {}}, true);
  tell_first(watch);
  EXPECT_EQ(hear(watch, true, true), std::vector<bool>{true});
  EXPECT_TRUE(hear(watch, false, false).empty()) << "the new owner does not know yet";
  EXPECT_TRUE(hear(watch, true, false).empty()) << "and now it does";
}

TEST(PresenceWatch, WhoIsAwayDoesNotSeemToComeBackWhenTheirShardMoves) {
  auto watch = watching(true);
  watch.heard({watched_one, false, {}}, true);
  tell_first(watch);
  EXPECT_TRUE(hear(watch, false, false).empty());
  EXPECT_TRUE(hear(watch, false, true).empty());
}

TEST(PresenceBatches, TellANodeTheNewestOfEachUser) {
  presence_batches waiting;
  waiting.add(one_peer, word_on(1, true));
  waiting.add(one_peer, word_on(2, true));
  waiting.add(one_peer, word_on(1, false));
  waiting.add(other_peer, word_on(1, false));
  const auto all = waiting.take();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].first, one_peer);
  ASSERT_EQ(all[0].second.size(), 2U);
  EXPECT_FALSE(all[0].second[0].state.online);
  EXPECT_TRUE(all[0].second[1].state.online);
  EXPECT_EQ(all[1].first, other_peer);
  EXPECT_TRUE(waiting.empty());
}

TEST(PresenceBatches, ManyAreSeveralMessages) {
  presence_batches waiting;
  for (std::int64_t user = 1; user <= 2'500; ++user) waiting.add(one_peer, word_on(user, false));
  std::vector<std::size_t> sizes;
  while (!waiting.empty()) sizes.push_back(waiting.take().front().second.size());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{1'000, 1'000, 500}));
}

}  // namespace parley
