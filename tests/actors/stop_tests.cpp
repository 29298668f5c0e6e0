#include <gtest/gtest.h>

#include <algorithm>

#include "tests/actors/support/small_node.hpp"

// A node that stops, seen by its clients.
namespace parley {

namespace {

using namespace std::chrono_literals;

std::vector<std::chrono::milliseconds> asked_to_come_back(const client_pointer& client) {
  std::vector<std::chrono::milliseconds> all;
  for (const auto& each : client->events)
    if (const auto* found = std::get_if<event::reconnect>(&each)) all.push_back(found->retry_after);
  return all;
}

}  // namespace

TEST(StoppingNode, AsksEverybodyToComeBackAndEndsTheirConnections) {
  small_node here;
  const auto ann = here.sign_in("ann");
  const auto bob = here.sign_in("bob");
  here.node.actors().drain(7s);
  here.settle();
  for (const auto& each : {ann, bob}) {
    EXPECT_EQ(asked_to_come_back(each), std::vector{std::chrono::milliseconds{7s}});
    EXPECT_EQ(each->closed_with, close_code::restart);
  }
}

TEST(StoppingNode, FirstAnswersWhatWasRead) {
  small_node here;
  const auto ann = here.sign_in("ann");
  const auto room = here.make_group(ann);
  here.hold(here.node.where().writers.front());
  const auto sent = ann->send(room, "a");
  const auto asked = ann->ask(request::history{room, {}, {}, 10});
  here.settle();
  here.node.actors().drain(5s);
  here.settle();
  EXPECT_EQ(asked_to_come_back(ann).size(), 1U);
  EXPECT_FALSE(ann->closed_with);
  here.release();
  here.settle();
  EXPECT_TRUE(ann->receipt(sent));
  EXPECT_TRUE(ann->is_answered(asked));
  EXPECT_EQ(ann->closed_with, close_code::restart);
}

TEST(StoppingNode, TakesNothingAfterItAskedToComeBack) {
  small_node here;
  const auto ann = here.sign_in("ann");
  const auto room = here.make_group(ann);
  here.hold(here.node.where().writers.front());
  const auto before = ann->send(room, "a");
  here.settle();
  here.node.actors().drain(5s);
  here.settle();
  const auto after = ann->send(room, "b");
  here.settle();
  here.release();
  here.settle();
  EXPECT_TRUE(ann->receipt(before));
  EXPECT_FALSE(ann->is_answered(after));
  EXPECT_EQ(here.committed.back().content.key, "a");
  EXPECT_EQ(ann->closed_with, close_code::restart);
}

TEST(StoppingNode, GivesUpOnWhatTheDatabaseDoesNotAnswer) {
  small_node here;
  const auto ann = here.sign_in("ann");
  const auto room = here.make_group(ann);
  here.hold(here.node.where().writers.front());
  const auto sent = ann->send(room, "a");
  here.settle();
  here.node.actors().drain(5s);
  here.pass(12s);
  EXPECT_EQ(ann->refusal(sent), errc::unavailable);
  EXPECT_EQ(ann->closed_with, close_code::restart);
}

TEST(StoppingNode, EndsStrangersWithoutAWordAndThoseWhoComeInThatMoment) {
  small_node here;
  const auto stranger = here.connect();
  here.settle();
  here.node.actors().drain(5s);
  here.settle();
  EXPECT_EQ(stranger->closed_with, close_code::restart);
  const auto late = here.connect();
  here.settle();
  EXPECT_EQ(late->closed_with, close_code::restart);
  EXPECT_TRUE(asked_to_come_back(late).empty());
}

}  // namespace parley
