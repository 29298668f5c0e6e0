#include <gmock/gmock.h>

#include "tools/parley/experiment/history_check.hpp"
#include "tools/parley/experiment/member_log.hpp"

// What a history of clients says of the promises of a log; each fault is planted once.

namespace parley::experiment {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// A group of two, three messages of the first one (places 2 to 4, behind the making), all shown to both.
history good() {
  history out;
  out.groups = {{0, 1}};
  for (std::uint32_t i = 0; i < 3; ++i) {
    sent_message one;
    one.planned = one.sent = microseconds{i * 1'000};
    one.acknowledged = one.sent + 300us;
    one.seq = i + 2;
    one.attempts = 1;
    out.sent.push_back(one);
  }
  for (std::uint32_t person = 0; person < 2; ++person) {
    out.deliveries.push_back({0us, person, 1, 0, 1, nobody, came_by::sync});
    for (std::uint32_t i = 0; i < 3; ++i)
      out.deliveries.push_back({microseconds{i * 1'000 + 500}, person, 1, 0, i + 2, i, came_by::push});
  }
  return out;
}

verdict judged(const history& what, recorded_until when = recorded_until::the_end) {
  return check_history(what, when);
}

TEST(experiment_history, without_a_fault_is_good) {
  const auto all = judged(good());
  EXPECT_EQ(all.violations(), 0U);
  EXPECT_EQ(all.sent, 3U);
  EXPECT_EQ(all.acknowledged, 3U);
  EXPECT_EQ(all.deliveries, 6U);
  EXPECT_EQ(all.deliveries_due, 6U);
}

TEST(experiment_history, with_an_acknowledged_message_that_a_member_never_saw_has_lost_it) {
  auto what = good();
  std::erase_if(what.deliveries, [](const delivery& each) { return each.person == 1 && each.seq == 4; });
  EXPECT_EQ(judged(what).lost, 1U);
  EXPECT_THAT(judged(what).examples.front(), HasSubstr("person-2 was never shown 4 of group-1"));
  EXPECT_EQ(judged(what, recorded_until::cut_off).lost, 0U) << "it may have been on its way";
}

TEST(experiment_history, with_a_hole_has_lost_it_however_it_was_cut_off) {
  auto what = good();
  std::erase_if(what.deliveries, [](const delivery& each) { return each.person == 1 && each.seq == 3; });
  EXPECT_EQ(judged(what, recorded_until::cut_off).lost, 1U);
  EXPECT_EQ(judged(what).reordered, 1U) << "4 was pushed right after 2";
}

TEST(experiment_history, with_a_message_at_two_places_has_doubled_it) {
  auto what = good();
  what.deliveries.push_back({9ms, 0, 1, 0, 5, 1, came_by::push});
  EXPECT_EQ(judged(what).doubled, 1U);
}

TEST(experiment_history, with_a_place_that_was_pushed_twice_has_doubled_it) {
  auto what = good();
  what.deliveries.push_back({9ms, 0, 1, 0, 4, 2, came_by::push});
  EXPECT_EQ(judged(what).doubled, 1U);
  what.deliveries.back().connection = 2;
  EXPECT_EQ(judged(what).doubled, 0U) << "another connection begins anew";
}

TEST(experiment_history, with_pushes_that_change_places_is_reordered) {
  auto what = good();
  std::swap(what.deliveries[2], what.deliveries[3]);
  EXPECT_GE(judged(what).violations(), 1U);
}

TEST(experiment_history, with_another_place_than_acknowledged_is_reordered) {
  auto what = good();
  std::swap(what.deliveries[2].message, what.deliveries[3].message);
  std::swap(what.deliveries[6].message, what.deliveries[7].message);
  EXPECT_EQ(judged(what).reordered, 2U);
}

TEST(experiment_history, with_a_message_before_one_that_was_acknowledged_earlier_is_reordered) {
  auto what = good();
  std::swap(what.sent[0].seq, what.sent[2].seq);
  for (auto& each : what.deliveries)
    if (each.message != nobody) each.message = 2 - each.message;
  EXPECT_EQ(judged(what).reordered, 2U);
  EXPECT_EQ(judged(what).lost, 0U);
  // Sent before the others were acknowledged, they may come in any order.
  for (auto& each : what.sent) each.acknowledged = 20ms;
  EXPECT_EQ(judged(what).reordered, 0U);
}

TEST(experiment_history, with_a_message_that_was_seen_and_never_acknowledged_is_good) {
  auto what = good();
  what.sent[2].acknowledged = never;
  what.sent[2].seq = 0;
  const auto all = judged(what);
  EXPECT_EQ(all.violations(), 0U);
  EXPECT_EQ(all.unanswered, 1U);
  EXPECT_EQ(all.unacknowledged_seen, 1U);
}

TEST(experiment_member_log, knows_what_is_missing) {
  member_log log;
  EXPECT_FALSE(log.missing_after());
  EXPECT_TRUE(log.take(1));
  EXPECT_TRUE(log.take(3));
  EXPECT_FALSE(log.take(3));
  EXPECT_EQ(log.have(), 1U);
  EXPECT_EQ(log.missing_after(), 1U);
  EXPECT_TRUE(log.take(2));
  EXPECT_EQ(log.have(), 3U);
  EXPECT_FALSE(log.missing_after());
  log.expect(5);
  EXPECT_EQ(log.missing_after(), 3U);
  EXPECT_FALSE(log.take(1));
}

}  // namespace
}  // namespace parley::experiment
