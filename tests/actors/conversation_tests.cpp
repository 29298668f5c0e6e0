#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "actors/inspection/metered.hpp"
#include "tests/actors/support/small_node.hpp"

// Conversations, shards and the log writer together.
namespace parley {

namespace {

using namespace std::chrono_literals;

std::uint64_t conversations_started() { return meter_of("conversation").spawned.value(); }
std::uint64_t conversations_ended() { return meter_of("conversation").stopped.value(); }

class Conversation : public testing::Test {
protected:
  Conversation() : ann_(here_.sign_in("ann")), room_(here_.make_group(ann_)), bob_(here_.sign_in("bob")) {}

  void hold_writer() { here_.hold(here_.node.where().writers.front()); }

  small_node here_;
  client_pointer ann_;
  conversation_id room_;
  client_pointer bob_;
};

}  // namespace

TEST_F(Conversation, CommitsTogetherWhatPiledUpAtTheWriter) {
  hold_writer();
  for (int i = 0; i < 5; ++i) {
    ann_->send(room_, "a" + std::to_string(i));
    bob_->send(room_, "b" + std::to_string(i));
  }
  here_.settle();
  here_.log->batch_sizes.clear();
  here_.release();
  here_.settle();
  EXPECT_EQ(here_.log->batch_sizes, std::vector<std::size_t>{10});
  EXPECT_EQ(here_.committed.size(), 11U);
}

TEST_F(Conversation, PublishesWhatABatchCommittedAsOneMessage) {
  hold_writer();
  for (int i = 0; i < 10; ++i) ann_->send(room_, std::to_string(i));
  here_.settle();
  const auto before = meter_of("session").handled.value();
  here_.release();
  here_.settle();
  EXPECT_EQ(meter_of("session").handled.value() - before, 10U + 2U) << "Ann's answers, and one message each";
  EXPECT_EQ(ann_->shown(room_), from_to(1, 11));
  EXPECT_EQ(bob_->shown(room_), from_to(2, 11));
}

TEST_F(Conversation, ShowsOfABatchWhatThereIsRoomForAndTheRestFromTheLog) {
  bob_->events_waiting_max = 4;
  hold_writer();
  for (int i = 0; i < 10; ++i) ann_->send(room_, std::to_string(i));
  here_.settle();
  here_.release();
  here_.settle();
  EXPECT_LT(bob_->shown(room_).size(), 10U);
  for (int i = 0; i < 10; ++i) {
    bob_->take();
    here_.settle();
  }
  EXPECT_EQ(bob_->shown(room_), from_to(2, 11));
}

TEST_F(Conversation, CommitsAloneWhatComesAlone) {
  here_.log->batch_sizes.clear();
  for (int i = 0; i < 3; ++i) {
    ann_->send(room_, std::to_string(i));
    here_.settle();
  }
  EXPECT_EQ(here_.log->batch_sizes, (std::vector<std::size_t>{1, 1, 1}));
}

TEST_F(Conversation, KeepsTheOrderOfEachConnection) {
  for (int i = 0; i < 10; ++i) {
    ann_->send(room_, "a" + std::to_string(i));
    bob_->send(room_, "b" + std::to_string(i));
  }
  here_.settle();
  std::vector<std::string> of_ann;
  std::vector<std::string> expected;
  for (const auto& e : here_.committed)
    if (e.content.key.starts_with('a')) of_ann.push_back(e.content.key);
  for (int i = 0; i < 10; ++i) expected.push_back("a" + std::to_string(i));
  EXPECT_EQ(of_ann, expected);
}

TEST_F(Conversation, RefusesAndEndsTheLineWhenTooMuchWaitsForTheWriters) {
  auto& budget = here_.node.where().budget;
  const std::size_t all = 64U * 1'048'576U;
  ASSERT_TRUE(budget.take(all));
  const auto first = ann_->send(room_, "a");
  const auto second = ann_->send(room_, "b");
  here_.run(8);
  budget.give_back(all);
  here_.settle();
  EXPECT_EQ(ann_->refusal(first), errc::overloaded);
  EXPECT_EQ(ann_->refusal(second), errc::overloaded) << "it would overtake the first";
  EXPECT_EQ(here_.committed.size(), 1U);
  const auto again = ann_->send(room_, "a");
  here_.settle();
  ASSERT_TRUE(ann_->receipt(again));
  EXPECT_EQ(ann_->receipt(again)->seq, 2);
  EXPECT_EQ(budget.used(), 0U);
}

TEST_F(Conversation, SaysThatTheOutcomeIsUnknownRatherThanThatNothingHappened) {
  hold_writer();
  const auto asked = ann_->send(room_, "a");
  here_.settle();
  auto& budget = here_.node.where().budget;
  const auto rest = 64U * 1'048'576U - budget.used();
  ASSERT_TRUE(budget.take(rest));
  here_.pass(5s);
  EXPECT_EQ(ann_->refusal(asked), errc::unavailable) << "its first copy is still at the writer";
  budget.give_back(rest);
  here_.release();
  here_.settle();
  EXPECT_EQ(here_.committed.size(), 2U);
}

TEST_F(Conversation, GoesOnAfterAChangeWasRefusedAsTooMuch) {
  auto& budget = here_.node.where().budget;
  const std::size_t all = 64U * 1'048'576U;
  ASSERT_TRUE(budget.take(all));
  auto rename = std::make_shared<entry_draft>();
  rename->kind = entry_kind::rename;
  rename->key = "r";
  rename->name = "Other";
  here_.hold(here_.node.where().readers.front());
  const auto change = ann_->ask(request::write{room_, std::move(rename)});
  here_.settle();
  const auto behind = bob_->send(room_, "b");
  here_.settle();
  here_.release();
  here_.settle();
  EXPECT_EQ(ann_->refusal(change), errc::overloaded);
  EXPECT_EQ(bob_->refusal(behind), errc::overloaded) << "it waited behind the change, and is not forgotten";
  budget.give_back(all);
  const auto next = bob_->send(room_, "c");
  here_.settle();
  EXPECT_TRUE(bob_->receipt(next));
}

TEST_F(Conversation, LetsAChangeWaitForWhatIsAtTheWriter) {
  hold_writer();
  ann_->send(room_, "a");
  auto edit = std::make_shared<entry_draft>();
  edit->kind = entry_kind::edit;
  edit->key = "e";
  edit->target = 2;
  edit->text = "better";
  const auto edited = ann_->ask(request::write{room_, std::move(edit)});
  here_.settle();
  here_.release();
  here_.settle();
  ASSERT_TRUE(ann_->receipt(edited)) << "its target was committed first";
  EXPECT_EQ(bob_->shown(room_), (std::vector<sequence>{2, 3}));
}

TEST_F(Conversation, FallsAsleepWhenNobodySaysAnythingAndWakesUpAgain) {
  const auto before = conversations_ended();
  here_.pass(50s);
  EXPECT_EQ(conversations_ended(), before);
  here_.pass(60s);
  EXPECT_EQ(conversations_ended(), before + 1);
  const auto asked = ann_->send(room_, "a");
  here_.settle();
  ASSERT_TRUE(ann_->receipt(asked));
  EXPECT_EQ(ann_->receipt(asked)->seq, 2);
  EXPECT_EQ(bob_->shown(room_), std::vector<sequence>{2});
}

TEST_F(Conversation, StaysAwakeWhileSomethingIsAtTheWriter) {
  hold_writer();
  const auto before = conversations_ended();
  ann_->send(room_, "a");
  here_.pass(150s);
  EXPECT_EQ(conversations_ended(), before);
  here_.release();
  here_.settle();
  EXPECT_EQ(bob_->shown(room_), std::vector<sequence>{2}) << "somebody was there to publish it";
}

TEST(Passivation, LosesNoRequestThatIsOnItsWay) {
  // The request comes after each possible number of steps of falling asleep. A lost one would be
  // answered only when it is sent again, seconds later.
  for (int steps = 0; steps < 12; ++steps) {
    small_node here;
    const auto client = here.sign_in("ann");
    const auto room = here.make_group(client);
    here.pass(59'900ms);
    here.hold(here.node.where().shard(topic_of(room)));
    here.pass(200ms);
    here.release();
    here.run(steps);
    const auto asked = client->send(room, "a");
    here.settle();
    ASSERT_TRUE(client->receipt(asked)) << "after " << steps << " steps";
  }
}

TEST_F(Conversation, IsNotStartedForAnIdWithoutARow) {
  const auto before = conversations_started();
  const auto asked = ann_->send({42}, "a");
  here_.settle();
  EXPECT_EQ(ann_->refusal(asked), errc::not_found);
  EXPECT_EQ(conversations_started(), before);
}

TEST_F(Conversation, TellsAStrangerTheSameAsOfOneThatDoesNotExist) {
  const auto eve = here_.sign_in("eve");
  const auto existing = eve->send(room_, "a");
  const auto missing = eve->send({42}, "a");
  here_.settle();
  ASSERT_TRUE(eve->is_answered(existing));
  EXPECT_EQ(eve->answers.at(existing).error(), eve->answers.at(missing).error());
}

TEST_F(Conversation, WritesOnceWhatIsRepeatedAndRefusesAnotherTextForTheKey) {
  const auto first = ann_->send(room_, "a");
  const auto again = ann_->send(room_, "a");
  auto draft = std::make_shared<entry_draft>();
  draft->key = "a";
  draft->text = "something else";
  const auto other = ann_->ask(request::write{room_, std::move(draft)});
  here_.settle();
  ASSERT_TRUE(ann_->receipt(first));
  ASSERT_TRUE(ann_->receipt(again));
  EXPECT_FALSE(ann_->receipt(first)->duplicate);
  EXPECT_TRUE(ann_->receipt(again)->duplicate);
  EXPECT_EQ(ann_->receipt(again)->seq, ann_->receipt(first)->seq);
  EXPECT_EQ(ann_->refusal(other), errc::conflict);
  EXPECT_EQ(bob_->shown(room_), std::vector<sequence>{2}) << "a repeat is shown to nobody";
}

TEST_F(Conversation, StartsAnewFromTheLogWhenTheConnectionBreaks) {
  here_.log->failures = {log_failure::disconnected};
  const auto first = ann_->send(room_, "a");
  const auto second = ann_->send(room_, "b");
  here_.settle();
  EXPECT_FALSE(ann_->is_answered(first)) << "nobody knows what became of it";
  here_.pass(1s);
  ASSERT_TRUE(ann_->receipt(first));
  EXPECT_EQ(ann_->receipt(first)->seq, 2);
  ASSERT_TRUE(ann_->receipt(second));
  EXPECT_EQ(ann_->receipt(second)->seq, 3);
  EXPECT_EQ(bob_->shown(room_), (std::vector<sequence>{2, 3}));
  EXPECT_EQ(here_.node.where().budget.used(), 0U);
}

TEST_F(Conversation, AsksADatabaseThatTakesNothingLessAndLessOften) {
  here_.log->failures.assign(1'000, log_failure::disconnected);  // its disk is full
  here_.log->batch_sizes.clear();
  std::size_t sent = 0;
  for (int second = 0; second < 20; ++second) {
    for (int tenth = 0; tenth < 10; ++tenth) {
      ann_->send(room_, std::to_string(sent++));
      here_.pass(100ms);
    }
  }
  EXPECT_LE(here_.log->batch_sizes.size(), 40U);
  EXPECT_GE(here_.log->batch_sizes.size(), 10U) << "it does go on trying";
  here_.log->failures.clear();
  here_.pass(2s);
  const auto last = ann_->send(room_, "last");
  here_.settle();
  EXPECT_TRUE(ann_->receipt(last));
}

TEST_F(Conversation, StartsAnewFromTheLogWhenItsViewOfItWasStale) {
  here_.log->failures = {log_failure::contradicted};
  const auto asked = ann_->send(room_, "a");
  here_.settle();
  ASSERT_TRUE(ann_->receipt(asked)) << "at once: only this conversation is concerned";
  EXPECT_EQ(ann_->receipt(asked)->seq, 2);
}

}  // namespace parley
