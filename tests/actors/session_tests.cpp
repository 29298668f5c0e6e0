#include <gtest/gtest.h>

#include <vector>

#include "tests/actors/support/small_node.hpp"

// Sessions, seen by their clients.
namespace parley {

namespace {

using namespace std::chrono_literals;

failure refused(const client_pointer& client, request_id id) { return client->answers.at(id).error(); }

}  // namespace

TEST(Session, SaysHelloFirst) {
  small_node here;
  const auto client = here.connect();
  client->ask(request::identify{"ann", {}});
  here.settle();
  ASSERT_FALSE(client->events.empty());
  EXPECT_TRUE(std::holds_alternative<event::hello>(client->events.front()));
}

TEST(Session, RefusesEverythingBeforeIdentify) {
  small_node here;
  const auto client = here.connect();
  const auto asked = client->ask(request::ping{});
  here.settle();
  EXPECT_EQ(client->refusal(asked), errc::unauthenticated);
  EXPECT_FALSE(client->closed_with);
}

TEST(Session, TellsWhoComesTooManyAtOnceWhenToComeBack) {
  auto rules = small_node::without_rates();
  rules.admissions_per_second = 2;
  small_node here{rules};
  std::vector<client_pointer> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(here.connect());
    clients.back()->ask(request::identify{"ann", {}});
    here.settle();
  }
  EXPECT_FALSE(clients[1]->closed_with);
  const auto first = refused(clients[2], 1);
  const auto second = refused(clients[3], 1);
  EXPECT_EQ(first.code, errc::overloaded);
  EXPECT_EQ(clients[2]->closed_with, close_code::come_back_later);
  EXPECT_EQ(*second.retry_after - *first.retry_after, 500ms);
  // The token stays good.
  here.pass(*first.retry_after);
  const auto again = here.sign_in("ann");
  EXPECT_FALSE(again->refusal(1));
}

TEST(Session, AnswersABadTokenAndEndsForGood) {
  small_node here;
  const auto client = here.connect();
  const auto asked = client->ask(request::identify{"mallory", {}});
  here.settle();
  EXPECT_EQ(client->refusal(asked), errc::unauthenticated);
  EXPECT_EQ(client->closed_with, close_code::token_refused);
}

TEST(Session, AsksToComeBackLaterWhenTheTokenCannotBeLookedUp) {
  small_node here;
  here.queries->fails = true;
  const auto client = here.connect();
  const auto asked = client->ask(request::identify{"ann", {}});
  here.settle();
  ASSERT_EQ(client->refusal(asked), errc::unavailable);
  EXPECT_TRUE(refused(client, asked).retry_after);
  EXPECT_EQ(client->closed_with, close_code::come_back_later);
}

TEST(Session, EndsWhoDoesNotIdentifyInTime) {
  small_node here;
  const auto client = here.connect();
  here.pass(9s);
  EXPECT_FALSE(client->closed_with);
  here.pass(2s);
  EXPECT_EQ(client->closed_with, close_code::no_identify);
}

TEST(Session, RefusesASecondIdentify) {
  small_node here;
  const auto client = here.sign_in("ann");
  const auto asked = client->ask(request::identify{"ann", {}});
  here.settle();
  EXPECT_EQ(client->refusal(asked), errc::conflict);
}

TEST(Session, AnswersInOrderWhatWasPipelinedBehindIdentify) {
  small_node here;
  const auto first = here.sign_in("ann");
  const auto room = here.make_group(first);
  const auto client = here.connect();
  client->ask(request::identify{"bob", {}});
  const auto sent = client->send(room, "a");
  const auto read = client->ask(request::history{room, {}, {}, 1});
  here.settle();
  ASSERT_TRUE(client->receipt(sent));
  EXPECT_EQ(std::get<entries_page>(client->answers.at(read).value()).entries.front().content.key, "a");
}

TEST(Session, SendsAgainAfterThreeSecondsWhatHasNoAnswer) {
  small_node here;
  const auto client = here.sign_in("ann");
  const auto room = here.make_group(client);
  here.hold(here.node.where().writers.front());
  const auto asked = client->send(room, "a");
  here.pass(5s);
  here.release();
  here.settle();
  ASSERT_TRUE(client->receipt(asked));
  EXPECT_EQ(here.log->batch_sizes.back(), 2U) << "the request stands at the writer twice";
  EXPECT_EQ(here.committed.size(), 2U) << "and was written once";
}

TEST(Session, AnswersUnavailableAfterTenSeconds) {
  small_node here;
  const auto client = here.sign_in("ann");
  const auto room = here.make_group(client);
  here.hold(here.node.where().writers.front());
  const auto asked = client->send(room, "a");
  here.pass(9s);
  EXPECT_FALSE(client->is_answered(asked));
  here.pass(3s);
  EXPECT_EQ(client->refusal(asked), errc::unavailable);
  here.release();
  here.settle();
  EXPECT_EQ(client->shown(room), from_to(1, 2)) << "its outcome was unknown, and it was written";
}

TEST(Session, ShowsEverythingOnceAndInOrderToASlowReader) {
  small_node here;
  const auto ann = here.sign_in("ann");
  const auto room = here.make_group(ann);
  const auto bob = here.sign_in("bob");
  bob->events_waiting_max = 3;
  for (int i = 0; i < 20; ++i) ann->send(room, std::to_string(i));
  here.settle();
  EXPECT_LE(bob->shown(room).size(), 3U);
  EXPECT_EQ(ann->shown(room), from_to(1, 21)) << "nobody else notices";
  for (int i = 0; i < 20; ++i) {
    bob->take();
    here.settle();
  }
  EXPECT_EQ(bob->shown(room), from_to(2, 21));
}

TEST(Session, RefusesTheLaterOnesWithTheFirstThatIsTooMuch) {
  limits rules;
  rules.sends_per_second = 1;
  rules.sends_burst = 2;
  small_node here(rules);
  const auto client = here.sign_in("ann");
  const auto room = here.make_group(client);
  const auto taken = client->send(room, "a");
  const auto too_much = client->send(room, "b");
  const auto read = client->ask(request::history{room, {}, {}, 1});
  here.settle();
  EXPECT_TRUE(client->receipt(taken));
  ASSERT_EQ(client->refusal(too_much), errc::rate_limited);
  EXPECT_TRUE(refused(client, too_much).retry_after);
  EXPECT_EQ(client->refusal(read), errc::rate_limited);
  here.pass(1'100ms);
  const auto again = client->send(room, "b");
  here.settle();
  EXPECT_TRUE(client->receipt(again));
}

TEST(Session, RefusesAWriteBehindAReadThatFailedForTheMoment) {
  small_node here;
  const auto client = here.sign_in("ann");
  const auto room = here.make_group(client);
  here.queries->fails = true;
  const auto read = client->ask(request::history{room, {}, {}, 1});
  const auto write = client->send(room, "a");
  here.settle();
  EXPECT_EQ(client->refusal(read), errc::unavailable);
  EXPECT_EQ(client->refusal(write), errc::unavailable);
  EXPECT_EQ(here.committed.size(), 1U);
}

}  // namespace parley
