#include "tools/parley/top/table.hpp"

#include <gmock/gmock.h>

#include "tools/parley/top/filter.hpp"
#include "tools/parley/view/safe_text.hpp"

// Tables: sorted, and fitted into whatever width there is; and what of them is wanted.

namespace parley::top {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

cell number(double amount) { return {std::to_string(static_cast<int>(amount)), look::plain, amount}; }
cell words(std::string text) { return {std::move(text), look::plain, std::nullopt}; }

table three_rows() {
  table made;
  made.columns = {{"NAME", "name", alignment::left, 0}, {"RATE", "rate"}, {"REMARK", "", alignment::left, 2}};
  made.rows = {{"b", {words("b"), number(5), words("a rather long remark")}},
               {"a", {words("a"), number(5), words("")}},
               {"c", {words("c"), {"-", look::dim, std::nullopt}, words("")}},
               {"d", {words("d"), number(70), words("")}}};
  return made;
}

std::vector<std::string> keys_of(const table& of) {
  std::vector<std::string> keys;
  for (const auto& each : of.rows) keys.push_back(each.key);
  return keys;
}

TEST(table_test, NumbersComeMostFirstAndWhatIsNotKnownLast) {
  auto made = three_rows();
  sort_rows(made, {"rate", false});
  EXPECT_THAT(keys_of(made), ElementsAre("d", "a", "b", "c"));
  sort_rows(made, {"rate", true});
  EXPECT_THAT(keys_of(made), ElementsAre("a", "b", "d", "c"));
  sort_rows(made, {"name", true});
  EXPECT_THAT(keys_of(made), ElementsAre("d", "c", "b", "a"));
}

TEST(table_test, SortingGoesAroundTheColumnsThatCanBeSortedBy) {
  EXPECT_EQ(next_sort(three_rows(), "name", 1), "rate");
  EXPECT_EQ(next_sort(three_rows(), "rate", 1), "name");
  EXPECT_EQ(next_sort(three_rows(), "name", -1), "rate");
}

TEST(table_test, TheSortedColumnIsMarked) {
  EXPECT_THAT(lay_out(three_rows(), {"rate", false}, 0, 9, 80).heading.text(), HasSubstr("RATE▼"));
  EXPECT_THAT(lay_out(three_rows(), {"rate", true}, 0, 9, 80).heading.text(), HasSubstr("RATE▲"));
}

TEST(table_test, WithoutRoomColumnsGoAndThenTextsAreCut) {
  const auto wide = lay_out(three_rows(), {}, 0, 9, 80);
  EXPECT_THAT(wide.rows[0].text(), HasSubstr("a rather long remark"));
  const auto narrow = lay_out(three_rows(), {}, 0, 9, 20);
  EXPECT_THAT(narrow.heading.text(), Not(HasSubstr("REMARK")));
  EXPECT_THAT(narrow.rows[0].text(), StartsWith("b"));
  for (int columns = 1; columns < 60; ++columns)
    for (const auto& each : lay_out(three_rows(), {"rate", false}, 0, 9, columns).rows)
      ASSERT_LE(view::columns_of(each.text()), columns) << columns;
}

TEST(table_test, OnlyTheRowsThatAreWantedAreLaidOut) {
  const auto made = lay_out(three_rows(), {}, 1, 2, 80);
  ASSERT_EQ(made.rows.size(), 2U);
  EXPECT_THAT(made.rows[0].text(), StartsWith("a"));
  EXPECT_TRUE(lay_out(three_rows(), {}, 9, 2, 80).rows.empty());
}

TEST(filter_test, AllPartsMustFit) {
  const auto wanted = parse_filter("kind=session,user node=node-1 AbC");
  ASSERT_FALSE(wanted.has_error());
  actor one;
  one.id = "node-1/3";
  one.node = "node-1";
  one.kind = "user";
  one.entity = "person:xabcx";
  EXPECT_TRUE(wanted->has(one));
  one.kind = "shard";
  EXPECT_FALSE(wanted->has(one));
  one.kind = "user";
  one.node = "node-2";
  EXPECT_FALSE(wanted->has(one));
  one.node = "node-1";
  one.entity = "person:xyz";
  EXPECT_FALSE(wanted->has(one));
}

TEST(filter_test, ABeginningOfANameIsEnough) {
  const auto wanted = parse_filter("kind=ses");
  ASSERT_FALSE(wanted.has_error());
  EXPECT_TRUE(wanted->has_kind("session"));
  EXPECT_FALSE(wanted->has_kind("user"));
  EXPECT_TRUE(parse_filter("  ")->is_empty());
}

TEST(filter_test, WhatCannotBeFilteredByIsSaid) {
  const auto wanted = parse_filter("color=red");
  ASSERT_TRUE(wanted.has_error());
  EXPECT_THAT(wanted.error().message, HasSubstr("'color'"));
}

}  // namespace
}  // namespace parley::top
