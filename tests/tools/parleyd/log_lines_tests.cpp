#include "tools/parleyd/log_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>
#include <spdlog/details/log_msg.h>

#include <string>

namespace parley {

namespace {

using testing::EndsWith;
using testing::HasSubstr;

/// The whole line, as it would stand in the log.
std::string line_of(log_format format, const char* logger, const std::string& payload,
                    spdlog::level::level_enum level = spdlog::level::warn) {
  const spdlog::log_clock::time_point at{std::chrono::milliseconds{1'764'045'480'007}};
  const spdlog::details::log_msg line{at, spdlog::source_loc{}, logger, level, payload};
  spdlog::memory_buf_t buffer;
  line_formatter(format)->format(line, buffer);
  return {buffer.data(), buffer.size()};
}

std::string event_line(log_format format, const log_event& event) {
  return line_of(format, events_logger, rendered(event, format));
}

std::string member(const std::string& line, const char* name) {
  simdjson::dom::parser parser;
  std::string_view value;
  if (parser.parse(line)[name].get(value)) return "(no such member)";
  return std::string(value);
}

const log_event lost{
    severity::warning, "shards_lost", "a connection broke", {{"shards", "512"}, {"why", "it hung"}}};

}  // namespace

TEST(LogLines, AnEventAsJsonHasTimeLevelNameMessageAndItsFields) {
  const auto line = event_line(log_format::json, lost);
  EXPECT_EQ(member(line, "time"), "2025-11-25T04:38:00.007Z");
  EXPECT_EQ(member(line, "level"), "warn");
  EXPECT_EQ(member(line, "event"), "shards_lost");
  EXPECT_EQ(member(line, "message"), "a connection broke");
  EXPECT_EQ(member(line, "shards"), "512");
  EXPECT_THAT(line, EndsWith("}\n"));
}

TEST(LogLines, AnEventAsTextNamesItselfAndQuotesWhatHoldsASpace) {
  EXPECT_EQ(event_line(log_format::text, lost),
            "2025-11-25 04:38:00.007Z warn  shards_lost: a connection broke shards=512 why=\"it hung\"\n");
}

TEST(LogLines, WhateverElseIsLoggedIsANote) {
  const auto line = line_of(log_format::json, "parleyd", "it said \"no\"");
  EXPECT_EQ(member(line, "event"), "note");
  EXPECT_EQ(member(line, "message"), "it said \"no\"");
  EXPECT_THAT(line_of(log_format::text, "parleyd", "two\nlines"), EndsWith(" warn  two lines\n"));
}

TEST(LogLines, NothingInAMessageEndsTheLineOrMovesTheCursor) {
  const log_event hostile{severity::error, "note", "one\r\ntwo\x1b[2J\"three\\", {{"why", "\n\t"}}};
  for (const auto format : {log_format::json, log_format::text}) {
    const auto line = event_line(format, hostile);
    EXPECT_EQ(std::ranges::count(line, '\n'), 1) << line;
    EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
  }
  EXPECT_EQ(member(event_line(log_format::json, hostile), "message"), "one two [2J\"three\\");
}

TEST(LogLines, WhatIsNoUtf8IsReplacedAndWhatIsStays) {
  EXPECT_EQ(
      member(event_line(log_format::json, {severity::info, "note", "d\xc3\xa9j\xc3\xa0", {}}), "message"),
      "d\xc3\xa9j\xc3\xa0");
  EXPECT_EQ(member(event_line(log_format::json, {severity::info, "note", "caf\xe9", {}}), "message"), "caf?");
}

TEST(LogLines, AFloodOfOneEventIsCutAndCountedAndOthersAreStillWritten) {
  testing::internal::CaptureStderr();
  set_up_log({"info", "json"});
  for (int i = 0; i < 1'000; ++i) log(severity::info, "flood", "again");
  log(severity::info, "another", "once");
  log(severity::debug, "unwanted", "below the level");
  log_lines_go_to.store(nullptr);
  const auto lines = testing::internal::GetCapturedStderr();
  const auto count = std::ranges::count(lines, '\n');
  EXPECT_GE(count, 101) << "a hundred at once, and the other one";
  EXPECT_LT(count, 200);
  EXPECT_THAT(lines, HasSubstr("\"another\""));
  EXPECT_THAT(lines, Not(HasSubstr("unwanted")));
}

}  // namespace parley
