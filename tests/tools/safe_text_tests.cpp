#include "tools/parley/view/safe_text.hpp"

#include <gtest/gtest.h>

#include <random>

namespace parley::view {
namespace {

const std::string gone = "\xEF\xBF\xBD";

TEST(SafeText, LeavesWhatPeopleWriteAsItIs) {
  for (const std::string text : {"hello", "Grüße", "日本語", "👩‍💻 👍🏽", "שלום", "e\xCC\x81"})
    EXPECT_EQ(safe_text(text), text);
}

TEST(SafeText, TakesCommandsToATerminalApart) {
  EXPECT_EQ(safe_text("\x1b[31mred"), gone + "[31mred");
  EXPECT_EQ(safe_text("\x1b]0;title\x07"), gone + "]0;title" + gone);
  EXPECT_EQ(safe_text("\xc2\x9b"
                      "31m"),
            gone + "31m");
  EXPECT_EQ(safe_text("back\b\rover\x7f"), "back" + gone + gone + "over" + gone);
  EXPECT_EQ(safe_text(std::string("a\0b", 3)), "a" + gone + "b");
}

TEST(SafeText, TakesTurnsOfTheReadingDirectionApart) {
  EXPECT_EQ(safe_text("evil\u202egpj.exe"), "evil" + gone + "gpj.exe");
  EXPECT_EQ(safe_text("\u2066x\u2069\u200f"), gone + "x" + gone + gone);
}

TEST(SafeText, KeepsLineEndsOnlyWhereTheyAreWanted) {
  EXPECT_EQ(safe_text("a\nb\tc"), "a\\nb c");
  EXPECT_EQ(safe_text("a\nb\tc", line_ends::keep), "a\nb c");
  EXPECT_EQ(safe_text("a\u2028"
                      "b",
                      line_ends::keep),
            "a" + gone + "b");
}

TEST(SafeText, ReplacesWhatIsNoUtf8) {
  for (const std::string text :
       {"\xff", "\xc3", "\xe2\x82", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\x9b"}) {
    const auto safe = safe_text(text);
    EXPECT_EQ(safe.find_first_not_of(gone), std::string::npos) << safe;
    EXPECT_FALSE(safe.empty());
  }
}

TEST(SafeText, HoldsNoControlWhateverComes) {
  std::mt19937 random{11};
  for (int round = 0; round < 2'000; ++round) {
    std::string text(random() % 40, '\0');
    for (auto& each : text) each = static_cast<char>(random() % 256);
    std::string_view left = text;
    const auto safe = safe_text(left);
    for (std::string_view rest = safe; !rest.empty();) {
      const auto next = first_code_point(rest);
      ASSERT_TRUE(next.is_valid);
      ASSERT_TRUE(next.value >= 0x20 && (next.value < 0x7f || next.value >= 0xa0));
      rest.remove_prefix(next.bytes);
    }
  }
}

TEST(Columns, CountAsTerminalsDo) {
  EXPECT_EQ(columns_of("abc"), 3);
  EXPECT_EQ(columns_of("Grüße"), 5);
  EXPECT_EQ(columns_of("日本"), 4);
  EXPECT_EQ(columns_of("👍"), 2);
  EXPECT_EQ(columns_of("e\xCC\x81"), 1);
}

}  // namespace
}  // namespace parley::view
