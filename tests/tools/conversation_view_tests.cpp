#include "tools/parley/view/conversation_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace parley::view {
namespace {

using testing::ElementsAre;
using numbers = std::vector<std::uint64_t>;

log_entry message(std::uint64_t seq, std::string text = "hi") {
  log_entry entry;
  entry.seq = seq;
  entry.kind = "message";
  entry.text = std::move(text);
  return entry;
}

std::vector<log_entry> messages(std::uint64_t first, std::uint64_t last) {
  std::vector<log_entry> made;
  for (auto seq = first; seq <= last; ++seq) made.push_back(message(seq));
  return made;
}

numbers show_all(conversation_view& view) {
  numbers shown;
  for (const auto* entry = view.next(); entry != nullptr; entry = view.next()) {
    shown.push_back(entry->seq);
    view.was_shown();
  }
  return shown;
}

TEST(ConversationView, ShowsEachEntryOnceInOrder) {
  conversation_view view;
  view.anchor(messages(41, 43));
  for (const auto seq : {44, 43, 44, 45, 41}) view.take(message(static_cast<std::uint64_t>(seq)));
  EXPECT_EQ(show_all(view), (numbers{41, 42, 43, 44, 45}));
  EXPECT_EQ(show_all(view), numbers{});
  view.take(message(45));
  EXPECT_EQ(show_all(view), numbers{});
}

TEST(ConversationView, BeginsWithTheFirstEntryOfALogWithoutBeingTold) {
  conversation_view view;
  view.take(message(2));
  EXPECT_FALSE(view.is_anchored());
  EXPECT_EQ(show_all(view), numbers{});
  view.take(message(1));
  EXPECT_EQ(show_all(view), (numbers{1, 2}));
}

TEST(ConversationView, HoldsBackWhatIsBehindAHoleUntilItIsRead) {
  conversation_view view;
  view.anchor(messages(1, 2));
  EXPECT_EQ(view.missing_after(), std::nullopt);
  view.take(message(5));
  EXPECT_EQ(show_all(view), (numbers{1, 2}));
  EXPECT_EQ(view.missing_after(), 2U);
  view.take(message(3));
  EXPECT_EQ(view.missing_after(), 3U);
  view.take(message(4));
  EXPECT_EQ(show_all(view), (numbers{3, 4, 5}));
  EXPECT_EQ(view.missing_after(), std::nullopt);
}

TEST(ConversationView, MissesWhatSomebodySaidIsThere) {
  conversation_view view;
  view.anchor(messages(1, 2));
  view.expect(4);
  EXPECT_EQ(view.missing_after(), 2U);
  view.expect_no_more();
  EXPECT_EQ(view.missing_after(), std::nullopt);
}

TEST(ConversationView, WaitsWithWhatCameBeforeItKnewWhereItStands) {
  conversation_view view;
  view.take(message(8));
  view.take(message(12));
  view.anchor(messages(6, 9));
  EXPECT_EQ(show_all(view), (numbers{6, 7, 8, 9}));
  EXPECT_EQ(view.missing_after(), 9U);
  view.take(message(10));
  view.take(message(11));
  EXPECT_EQ(show_all(view), (numbers{10, 11, 12}));
}

TEST(ConversationView, ForgetsTheOldLogWhenItIsAnchoredAnew) {
  conversation_view view;
  view.anchor(messages(90, 99));
  show_all(view);
  view = conversation_view{};
  view.anchor(messages(1, 3));
  EXPECT_EQ(view.have(), 3U);
  EXPECT_EQ(show_all(view), (numbers{1, 2, 3}));
}

TEST(ConversationView, KeepsOnlyItsBoundAndSaysWhatItLetGoUnseen) {
  conversation_view view{{10, 1UL << 20U}};
  view.anchor(messages(1, 5));
  EXPECT_EQ(show_all(view).back(), 5U);
  for (auto seq = 6U; seq <= 30; ++seq) view.take(message(seq));
  EXPECT_EQ(view.entries().size(), 10U);
  EXPECT_EQ(view.lost_to_capacity(), 15U);
  EXPECT_EQ(show_all(view).front(), 21U);
  EXPECT_EQ(view.lost_to_capacity(), 0U);
}

TEST(ConversationView, CountsBytesTooAndAlwaysKeepsTheNewest) {
  conversation_view view{{1'000, 10'000}};
  view.anchor({});
  for (auto seq = 1U; seq <= 20; ++seq) view.take(message(seq, std::string(3'000, 'x')));
  EXPECT_LE(view.entries().size(), 3U);
  view.take(message(21, std::string(50'000, 'x')));
  EXPECT_EQ(view.entries().size(), 1U);
  EXPECT_EQ(view.entries().back().seq, 21U);
}

TEST(ConversationView, WaitsOnlyForAFewBehindAHoleAndReadsTheRestAgain) {
  conversation_view view;
  view.anchor(messages(1, 1));
  for (auto seq = 3U; seq <= 5'000; ++seq) view.take(message(seq));
  EXPECT_EQ(view.missing_after(), 1U);
  view.take(message(2));
  ASSERT_TRUE(view.missing_after().has_value());
  EXPECT_LT(*view.missing_after(), 1'000U);
  for (auto seq = *view.missing_after() + 1; seq <= 5'000; ++seq) view.take(message(seq));
  EXPECT_EQ(view.have(), 5'000U);
}

TEST(ConversationView, ShowsItsEndAgainWhenItIsOpenedAgain) {
  conversation_view view;
  view.anchor(messages(1, 50));
  show_all(view);
  view.rewind(3);
  EXPECT_EQ(show_all(view), (numbers{48, 49, 50}));
  conversation_view small;
  small.anchor(messages(1, 2));
  small.rewind(20);
  EXPECT_EQ(show_all(small), (numbers{1, 2}));
}

TEST(ConversationView, ShowsAnEditedMessageAsItIsNow) {
  conversation_view view;
  view.anchor({message(1), message(2, "befor")});
  log_entry edit;
  edit.seq = 3;
  edit.kind = "edit";
  edit.target = 2;
  edit.text = "before";
  view.take(edit);
  EXPECT_EQ(view.entries()[1].text, "before");
  EXPECT_TRUE(view.entries()[1].is_edited);
}

/// However a log reaches a view (several ways, late, twice, in any order), it shows all of it once, in order.
TEST(ConversationView, HealsFromAnyOrderOfDelivery) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random{seed};
    conversation_view view;
    constexpr std::uint64_t last = 60;
    view.anchor(messages(1, 1 + random() % 10));
    numbers shown = show_all(view);
    auto coming = messages(1, last);
    const auto again = messages(20, 40);
    coming.insert(coming.end(), again.begin(), again.end());
    std::shuffle(coming.begin(), coming.end(), random);
    for (const auto& each : coming) {
      if (random() % 4 == 0) continue;  // lost on the way
      view.take(each);
      for (const auto seq : show_all(view)) shown.push_back(seq);
    }
    view.expect(last);
    while (const auto after = view.missing_after()) view.take(message(*after + 1));
    for (const auto seq : show_all(view)) shown.push_back(seq);
    numbers all(last);
    for (std::uint64_t i = 0; i < last; ++i) all[i] = i + 1;
    ASSERT_EQ(shown, all) << "seed " << seed;
  }
}

}  // namespace
}  // namespace parley::view
