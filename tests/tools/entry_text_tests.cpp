#include "tools/parley/view/entry_text.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace parley::view {
namespace {

std::string name_of(const std::string& id) {
  if (id == "1") return "alice";
  return id == "2" ? "bob" : "user " + id;
}

log_entry entry(const char* wire) {
  const auto value = client::parse_json(wire);
  return entry_in(client::object_in(*value));
}

TEST(EntryText, SaysEveryKindInWords) {
  const auto words = [](const char* wire) { return words_for(entry(wire), name_of); };
  EXPECT_EQ(words(R"({"seq":2,"kind":"message","sender":"1","text":"hi"})"), "hi");
  EXPECT_EQ(words(R"({"seq":2,"kind":"message","sender":"1","text":"hi","edited":true})"), "hi (edited)");
  EXPECT_EQ(words(R"({"seq":2,"kind":"message","sender":"1","deleted":true})"), "(deleted)");
  EXPECT_EQ(words(R"({"seq":1,"kind":"create","sender":"1","members":["1","2"]})"), "began the conversation");
  EXPECT_EQ(words(R"({"seq":1,"kind":"create","sender":"1","name":"Friends","members":["1","2","3"]})"),
            "made the group Friends with bob, user 3");
  EXPECT_EQ(words(R"({"seq":3,"kind":"edit","sender":"1","target":2,"text":"ho"})"), "changed #2: ho");
  EXPECT_EQ(words(R"({"seq":3,"kind":"delete","sender":"1","target":2})"), "deleted #2");
  EXPECT_EQ(words(R"({"seq":3,"kind":"join","sender":"1","user":"2"})"), "added bob");
  EXPECT_EQ(words(R"({"seq":3,"kind":"leave","sender":"1","user":"1"})"), "left");
  EXPECT_EQ(words(R"({"seq":3,"kind":"leave","sender":"1","user":"2"})"), "removed bob");
  EXPECT_EQ(words(R"({"seq":3,"kind":"role","sender":"1","user":"2","role":"owner"})"), "made bob owner");
  EXPECT_EQ(words(R"({"seq":3,"kind":"rename","sender":"1","name":"Foes"})"), "named the group Foes");
  EXPECT_EQ(words(R"({"seq":3,"kind":"from the future","sender":"1"})"), "(from the future)");
}

TEST(EntryText, IsOneLineForAProgramWhateverIsInIt) {
  const auto line = plain_line(
      entry(
          R"({"seq":2,"kind":"message","sender":"1","at":"2026-01-02T03:04:05.678Z","text":"a\nb\tc\u001b"})"),
      [](const std::string&) { return std::string{"al\tice\n"}; });
  EXPECT_EQ(line, "2026-01-02T03:04:05.678Z\tal ice\\n\ta\\nb c\xEF\xBF\xBD");
}

TEST(EntryText, IndentsFurtherLinesOnAScreen) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const auto lines = screen_lines(
      entry(R"({"seq":2,"kind":"message","sender":"1","at":"2001-01-02T03:04:05.678Z","text":"a\nb"})"),
      name_of, colouring::off);
  EXPECT_EQ(lines, " 2 Jan 03:04  alice: a\n              b");
  EXPECT_EQ(local_time("nonsense"), "--:--");
}

TEST(EntryText, ColoursOnlyWhenItMay) {
  const auto one =
      entry(R"({"seq":2,"kind":"message","sender":"1","at":"2001-01-02T03:04:05.678Z","text":"a"})");
  EXPECT_EQ(screen_lines(one, name_of, colouring::off).find('\x1b'), std::string::npos);
  EXPECT_NE(screen_lines(one, name_of, colouring::on).find('\x1b'), std::string::npos);
}

TEST(JsonEntry, HoldsAllOfAnEntryAndTheNameOfItsSender) {
  const char* wire =
      R"({"conversation":"9","seq":42,"kind":"message","sender":"1","at":"2026-01-02T03:04:05.678Z","key":"k","text":""})";
  const auto value = *client::parse_json(wire);
  auto expected = client::object_in(value);
  expected["sender_name"] = "alice";
  EXPECT_EQ(client::json::value{json_entry(entry(wire), name_of)}, client::json::value{expected});
  EXPECT_EQ(client::json::value{json_entry(client::object_in(value), name_of)},
            client::json::value{expected});
}

}  // namespace
}  // namespace parley::view
