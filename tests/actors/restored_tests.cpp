#include <gtest/gtest.h>

#include <variant>

#include "tests/actors/support/small_node.hpp"

// A database that was restored from a backup, seen by the clients of a node that runs.
namespace parley {

namespace {

using namespace std::chrono_literals;

/// As `small_node::sign_in`, for somebody who was there before: with what they hold.
client_pointer come_back(small_node& here, const std::string& token, request::sync with) {
  auto client = here.connect();
  client->ask(request::identify{token, {}});
  client->ask(std::move(with));
  here.settle();
  return client;
}

const reply::synced& synced(const client_pointer& client) {
  return std::get<reply::synced>(client->answers.at(2).value());
}

}  // namespace

TEST(RestoredDatabase, EndsAllSessionsWithinASecondAndNoneThatComeAfter) {
  small_node here;
  const auto ann = here.sign_in("ann");
  const auto bob = here.sign_in("bob");
  here.pass(2s);
  EXPECT_FALSE(ann->closed_with);
  here.store->begin_epoch("restored");
  here.pass(1s);
  EXPECT_EQ(ann->closed_with, close_code::restart);
  EXPECT_EQ(bob->closed_with, close_code::restart);
  const auto again = here.connect();
  here.settle();
  EXPECT_EQ(std::get<event::hello>(again->events.front()).epoch, "restored");
  here.pass(5s);
  EXPECT_FALSE(again->closed_with);
}

TEST(RestoredDatabase, TellsWhoComesBackToForgetAndLeavesOthersAlone) {
  small_node here;
  const auto ann = here.sign_in("ann");
  const auto room = here.make_group(ann);
  here.store->begin_epoch("restored");
  here.pass(1s);
  const auto with = [&](const char* epoch) {
    request::sync wanted;
    wanted.have = {{room, 1}};
    wanted.epoch = epoch;
    wanted.tail = 20;
    return wanted;
  };
  const auto old = come_back(here, "ann", with("memory"));
  EXPECT_TRUE(synced(old).conversations.front().reset);
  EXPECT_EQ(synced(old).conversations.front().entries.size(), 1U);
  EXPECT_EQ(synced(old).epoch, "restored");
  const auto knowing = come_back(here, "bob", with("restored"));
  EXPECT_FALSE(synced(knowing).conversations.front().reset);
}

TEST(RestoredDatabase, LeavesNothingOfTheOtherHistoryInTheNode) {
  small_node here;
  auto ann = here.sign_in("ann");
  const auto room = here.make_group(ann);
  ann->send(room, "kept");
  here.settle();
  const auto backup = *here.store;
  auto adding_eve = std::make_shared<entry_draft>();
  adding_eve->kind = entry_kind::join;
  adding_eve->key = "eve";
  adding_eve->user = small_node::eve;
  ann->ask(request::write{room, std::move(adding_eve)});
  for (const auto* key : {"gone", "gone too"}) ann->send(room, key);
  here.settle();
  ASSERT_EQ(here.store->find(room)->head(), 5);

  *here.store = backup;
  here.store->begin_epoch("restored");
  here.pass(1s);
  ann = here.sign_in("ann");
  const auto bob = here.sign_in("bob");
  const auto eve = here.sign_in("eve");
  const auto refused = eve->send(room, "no member any more");
  const auto sent = ann->send(room, "written since");
  const auto again = ann->send(room, "kept");
  here.pass(1s);
  EXPECT_EQ(eve->refusal(refused), errc::not_found);
  ASSERT_TRUE(ann->receipt(sent));
  EXPECT_EQ(ann->receipt(sent)->seq, 3);
  ASSERT_TRUE(ann->receipt(again));
  EXPECT_EQ(ann->receipt(again)->seq, 2);
  EXPECT_TRUE(ann->receipt(again)->duplicate);
  for (const auto& each : {ann, bob}) EXPECT_EQ(each->shown(room), from_to(3, 3));
}

TEST(RestoredDatabase, IsNoticedAlsoWhereNoWriterSaysSo) {
  small_node here;
  const auto ann = here.sign_in("ann");
  here.hold(here.node.where().writers.front());
  here.store->begin_epoch("restored");
  here.pass(1s);
  EXPECT_EQ(ann->closed_with, close_code::restart);
}

TEST(RestoredDatabase, IsNotWhatADatabaseIsThatDoesNotAnswer) {
  small_node here;
  const auto ann = here.sign_in("ann");
  here.queries->fails = true;
  here.pass(3s);
  EXPECT_FALSE(ann->closed_with);
}

}  // namespace parley
