#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "tools/parley/experiment/schedule.hpp"

// Who there is and what they say: by the seed, and by nothing else.

namespace parley::experiment {
namespace {

using ::testing::ElementsAre;
using ::testing::Ne;
using ::testing::StartsWith;
using namespace std::chrono_literals;

settings busy() {
  settings out;
  out.people = 100;
  out.groups = 20;
  out.sizes = {shape::zipf, 2, 40, 1};
  out.activity = 1;
  out.rate = 200;
  out.duration = 30s;
  return out;
}

TEST(experiment_schedule, is_the_same_for_the_same_seed) {
  const auto one = schedule::of(busy());
  const auto other = schedule::of(busy());
  EXPECT_EQ(one.sends, other.sends);
  for (std::size_t i = 0; i < one.groups.size(); ++i)
    EXPECT_EQ(one.groups[i].members, other.groups[i].members);
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_EQ(texts{busy()}.of(i), texts{busy()}.of(i));
}

/// Written down: the same on other machines, and with other standard libraries.
TEST(experiment_schedule, is_the_same_on_every_machine) {
  settings small;
  small.people = 6;
  small.groups = 2;
  small.sizes = {shape::uniform, 2, 4, 1};
  const auto plan = schedule::of(small);
  EXPECT_THAT(plan.groups[0].members, ElementsAre(1, 0, 2));
  EXPECT_THAT(plan.groups[1].members, ElementsAre(1, 4));
  EXPECT_EQ(plan.sends.size(), 1'259U);
  EXPECT_EQ(plan.sends[2], (planned_send{79'410us, 2, 0}));
  EXPECT_THAT(texts{small}.of(7), StartsWith("after next order then keys all come rests it rests round"));
}

TEST(experiment_schedule, is_another_one_for_another_seed) {
  auto changed = busy();
  changed.seed = 2;
  EXPECT_THAT(schedule::of(changed).sends, Ne(schedule::of(busy()).sends));
  EXPECT_NE(texts{changed}.of(0), texts{busy()}.of(0));
}

TEST(experiment_schedule, keeps_people_and_groups_when_there_is_more_to_say) {
  auto louder = busy();
  louder.rate = 400;
  const auto one = schedule::of(busy());
  const auto other = schedule::of(louder);
  for (std::size_t i = 0; i < one.groups.size(); ++i)
    EXPECT_EQ(one.groups[i].members, other.groups[i].members);
}

TEST(experiment_schedule, has_groups_of_different_people_and_sends_of_their_members) {
  const auto plan = schedule::of(busy());
  for (const auto& group : plan.groups) {
    EXPECT_GE(group.members.size(), 2U);
    EXPECT_LE(group.members.size(), 40U);
    EXPECT_EQ(std::set(group.members.begin(), group.members.end()).size(), group.members.size());
  }
  for (const auto& each : plan.sends) {
    const auto& members = plan.groups[each.group].members;
    EXPECT_NE(std::ranges::find(members, each.person), members.end());
  }
  EXPECT_TRUE(std::ranges::is_sorted(plan.sends, {}, &planned_send::at));
}

TEST(experiment_schedule, comes_at_the_rate_that_is_wanted) {
  EXPECT_NEAR(static_cast<double>(schedule::of(busy()).sends.size()), 6'000, 300);
  auto by_the_clock = busy();
  by_the_clock.arrivals = arrival::constant;
  const auto constant = schedule::of(by_the_clock);
  EXPECT_EQ(constant.sends.size(), 5'999U);
  EXPECT_EQ(constant.sends[0].at, 5ms);
  EXPECT_EQ(constant.sends[9].at, 50ms);
  auto together = busy();
  together.arrivals = arrival::bursts;
  together.burst_every = 10s;
  const auto bursts = schedule::of(together);
  std::map<std::int64_t, int> sizes;
  for (const auto& each : bursts.sends) ++sizes[each.at.count()];
  EXPECT_THAT(sizes, ElementsAre(std::pair{10'000'000, 2'000}, std::pair{20'000'000, 2'000}));
}

TEST(experiment_schedule, lets_the_first_write_most_when_activity_is_skewed) {
  std::map<std::uint32_t, int> said;
  for (const auto& each : schedule::of(busy()).sends) ++said[each.person];
  EXPECT_GT(said[0], 4 * said[20]);
}

TEST(experiment_texts, are_as_long_as_is_wanted) {
  auto wanted = busy();
  wanted.texts = {shape::fixed, 1, 1, 1};
  EXPECT_EQ(texts{wanted}.of(3).size(), 1U);
  wanted.texts = {shape::uniform, 10, 5'000, 1};
  std::set<std::size_t> lengths;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const auto text = texts{wanted}.of(i);
    lengths.insert(text.size());
    EXPECT_NE(text.back(), ' ');
  }
  EXPECT_GE(*lengths.begin(), 10U);
  EXPECT_LE(*lengths.rbegin(), 5'000U);
  EXPECT_GT(lengths.size(), 150U);
}

}  // namespace
}  // namespace parley::experiment
