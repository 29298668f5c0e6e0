#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "tests/actors/support/small_node.hpp"

// Presence, devices, receipts, typing, blocks and signals, seen by clients.
namespace parley {

namespace {

using namespace std::chrono_literals;

template <class Event>
std::vector<Event> events_of(const client_pointer& client) {
  std::vector<Event> all;
  for (const auto& each : client->events)
    if (const auto* found = std::get_if<Event>(&each)) all.push_back(*found);
  return all;
}

class People : public testing::Test {
protected:
  People() : ann_(here_.sign_in("ann")), room_(here_.make_group(ann_)) {}

  /// What Ann is told of this user now.
  presence_state watch(user_id user) {
    const auto asked = ann_->ask(request::watch_presence{{user}});
    here_.settle();
    return std::get<reply::presence_states>(ann_->answers.at(asked).value()).states.at(0);
  }
  std::optional<bool> last_news() {
    const auto all = events_of<event::presence>(ann_);
    return all.empty() ? std::nullopt : std::optional(all.back().state.online);
  }
  conversation_id direct(const client_pointer& from, user_id to) {
    const auto asked = from->ask(request::open_direct{to});
    here_.settle();
    return std::get<reply::opened>(from->answers.at(asked).value()).conversation;
  }

  small_node here_;
  client_pointer ann_;
  conversation_id room_;
};

}  // namespace

TEST_F(People, AWatchThatIsTakenBackBeforeItsAnswerIsAnswered) {
  here_.hold(here_.node.where().shard(presence_of(small_node::bob)));
  const auto watched = ann_->ask(request::watch_presence{{small_node::bob}});
  here_.settle();
  ASSERT_FALSE(ann_->is_answered(watched));
  ann_->ask(request::unwatch_presence{{small_node::bob}});
  here_.settle();
  EXPECT_TRUE(ann_->is_answered(watched)) << "nobody will speak of Bob any more";
}

TEST_F(People, WhoComesIsOnlineAtOnceAndWhoGoesIsMissedAfterTenSeconds) {
  here_.pass(16s);  // a node that has just started calls nobody offline
  EXPECT_FALSE(watch(small_node::bob).online);
  const auto bob = here_.sign_in("bob");
  EXPECT_EQ(last_news(), true);
  here_.hang_up(bob);
  here_.pass(9s);
  EXPECT_EQ(last_news(), true);
  here_.pass(2s);
  ASSERT_EQ(last_news(), false);
  EXPECT_TRUE(events_of<event::presence>(ann_).back().state.last_seen);
}

TEST_F(People, AShortAbsenceIsNeverSeen) {
  here_.pass(16s);
  watch(small_node::bob);
  const auto bob = here_.sign_in("bob");
  here_.hang_up(bob);
  here_.pass(8s);
  here_.sign_in("bob");
  here_.pass(20s);
  EXPECT_EQ(events_of<event::presence>(ann_).size(), 1U);
}

TEST_F(People, StrangersAreOfflineUntilTheyShareAConversation) {
  const auto eve = here_.sign_in("eve");
  EXPECT_FALSE(watch(small_node::eve).online);
  direct(ann_, small_node::eve);
  here_.pass(1s);
  EXPECT_EQ(last_news(), true);
}

TEST_F(People, WhoIsBlockedSeesTheBlockerOffline) {
  const auto bob = here_.sign_in("bob");
  EXPECT_TRUE(watch(small_node::bob).online);
  bob->ask(request::block{small_node::ann});
  here_.pass(1s);
  EXPECT_EQ(last_news(), false);
  bob->ask(request::unblock{small_node::ann});
  here_.pass(1s);
  EXPECT_EQ(last_news(), true);
}

TEST_F(People, TheSameDeviceReplacesItsOlderConnection) {
  const auto older = here_.connect();
  older->ask(request::identify{"bob", "phone"});
  here_.settle();
  const auto newer = here_.connect();
  newer->ask(request::identify{"bob", "phone"});
  here_.settle();
  EXPECT_EQ(older->closed_with, close_code::device_replaced);
  EXPECT_FALSE(newer->closed_with);
}

TEST_F(People, AnEleventhDeviceClosesTheOldest) {
  std::vector<client_pointer> devices;
  for (int i = 0; i < 11; ++i) devices.push_back(here_.sign_in("bob"));
  EXPECT_EQ(devices.front()->closed_with, close_code::too_many_devices);
  for (std::size_t i = 1; i < devices.size(); ++i) EXPECT_FALSE(devices[i]->closed_with);
}

TEST_F(People, ReceiptsOfOneSecondAreOneEvent) {
  const auto bob = here_.sign_in("bob");
  for (int i = 0; i < 5; ++i) ann_->send(room_, std::to_string(i));
  here_.settle();
  for (sequence seq = 1; seq <= 5; ++seq) bob->ask(request::mark_read{room_, seq});
  here_.settle();
  EXPECT_LE(events_of<event::receipts>(ann_).size(), 1U);
  here_.pass(2s);
  const auto told = events_of<event::receipts>(ann_);
  ASSERT_LE(told.size(), 2U);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().read.back(), (std::pair{small_node::bob, sequence{5}}));
}

TEST_F(People, AReadMarkNeverMovesBackAndNeverBeyondTheHead) {
  const auto bob = here_.sign_in("bob");
  ann_->send(room_, "a");
  here_.settle();
  const auto beyond = bob->ask(request::mark_read{room_, 99});
  const auto back = bob->ask(request::mark_read{room_, 1});
  here_.settle();
  EXPECT_EQ(std::get<reply::marked_read>(bob->answers.at(beyond).value()).seq, 2);
  EXPECT_EQ(std::get<reply::marked_read>(bob->answers.at(back).value()).seq, 2);
}

TEST_F(People, TypingIsToldToTheOthersOnceInThreeSeconds) {
  const auto bob = here_.sign_in("bob");
  for (int i = 0; i < 3; ++i) bob->ask(request::typing{room_});
  here_.settle();
  EXPECT_EQ(events_of<event::typing>(ann_).size(), 1U);
  EXPECT_TRUE(events_of<event::typing>(bob).empty());
  here_.pass(3s);
  bob->ask(request::typing{room_});
  here_.settle();
  EXPECT_EQ(events_of<event::typing>(ann_).size(), 2U);
}

TEST_F(People, WhoIsBlockedMayNotSpeakToTheBlockerButInGroups) {
  const auto bob = here_.sign_in("bob");
  const auto pair = direct(bob, small_node::ann);
  ann_->ask(request::block{small_node::bob});
  here_.settle();
  const auto direct_message = bob->send(pair, "a");
  const auto in_group = bob->send(room_, "b");
  const auto answer = ann_->send(pair, "c");
  here_.settle();
  EXPECT_EQ(bob->refusal(direct_message), errc::forbidden);
  EXPECT_TRUE(bob->receipt(in_group));
  EXPECT_TRUE(ann_->receipt(answer)) << "the blocker may write";
  ann_->ask(request::unblock{small_node::bob});
  here_.settle();
  const auto again = bob->send(pair, "a");
  here_.settle();
  EXPECT_TRUE(bob->receipt(again));
}

TEST_F(People, WhatIsAtTheWriterIsShownAlsoWhenBlocksCannotBeReadForAWhile) {
  const auto bob = here_.sign_in("bob");
  const auto pair = direct(bob, small_node::ann);
  here_.hold(here_.node.where().writers.front());
  const auto sent = bob->send(pair, "a");
  here_.settle();
  here_.queries->fails = true;
  ann_->ask(request::block{small_node::bob});
  here_.pass(1s);
  here_.release();
  here_.settle();
  EXPECT_TRUE(bob->receipt(sent)) << "it was on its way before the block";
  EXPECT_EQ(ann_->shown(pair).back(), 2);
  const auto after = bob->send(pair, "b");
  here_.pass(1s);
  EXPECT_FALSE(bob->is_answered(after)) << "nobody knows yet whether it may be said";
  here_.queries->fails = false;
  here_.pass(1s);
  EXPECT_EQ(bob->refusal(after), errc::forbidden);
}

TEST_F(People, ABlockIsAnsweredWhenWhoeverOwnsTheConversationKnowsOfIt) {
  const auto bob = here_.sign_in("bob");
  const auto pair = direct(bob, small_node::ann);
  here_.hold(here_.node.where().shard(topic_of(pair)));
  const auto block = ann_->ask(request::block{small_node::bob});
  const auto listed = ann_->ask(request::blocked{});
  here_.settle();
  EXPECT_EQ(std::get<reply::blocked_users>(ann_->answers.at(listed).value()).users.size(), 1U);
  EXPECT_FALSE(ann_->is_answered(block)) << "it is stored, but what Bob says now is still taken";
  here_.release();
  here_.settle();
  EXPECT_TRUE(ann_->is_answered(block));
}

TEST_F(People, ABlockIsNotAnsweredByAnOwnerThatIsNoneAnyMore) {
  const auto bob = here_.sign_in("bob");
  const auto pair = direct(bob, small_node::ann);
  bob->send(pair, "a");
  here_.settle();
  // Another node has ended the writer's connection and has the lock; nobody has told this one.
  auto& backends = here_.store->backends();
  const auto shard = shard_of(pair);
  backends.end(backends.holder_of(shard));
  const auto another = backends.begin("another");
  backends.try_locks(another, {{shard}});
  const auto block = ann_->ask(request::block{small_node::bob});
  here_.settle();
  EXPECT_FALSE(ann_->is_answered(block));
  backends.end(another);
  here_.pass(5s);
  EXPECT_TRUE(ann_->is_answered(block)) << "sent again when the shard is held again";
  const auto after = bob->send(pair, "b");
  here_.settle();
  EXPECT_EQ(bob->refusal(after), errc::forbidden);
}

TEST_F(People, ABlockCountsAlsoWhenItsConnectionEndsBeforeTheAnswer) {
  const auto bob = here_.sign_in("bob");
  const auto pair = direct(bob, small_node::ann);
  bob->send(pair, "a");
  here_.settle();
  here_.hold(here_.node.where().readers.front());
  ann_->ask(request::block{small_node::bob});
  here_.settle();
  here_.hang_up(ann_);
  here_.settle();
  here_.release();
  here_.settle();
  const auto after = bob->send(pair, "b");
  here_.settle();
  EXPECT_EQ(bob->refusal(after), errc::forbidden);
}

TEST_F(People, ASignalReachesAllDevicesOfWhomOneKnows) {
  const auto first = here_.sign_in("bob");
  const auto second = here_.sign_in("bob");
  const auto asked = ann_->ask(request::signal{small_node::bob, "{}"});
  const auto to_a_stranger = ann_->ask(request::signal{small_node::eve, "{}"});
  here_.settle();
  EXPECT_EQ(std::get<reply::signalled>(ann_->answers.at(asked).value()).devices, 2U);
  EXPECT_EQ(events_of<event::signal>(first).size(), 1U);
  EXPECT_EQ(events_of<event::signal>(second).size(), 1U);
  EXPECT_EQ(ann_->refusal(to_a_stranger), errc::not_found);
}

}  // namespace parley
