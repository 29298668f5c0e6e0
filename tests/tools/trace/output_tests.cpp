#include <gmock/gmock.h>

#include <sstream>

#include "tests/tools/trace/sample.hpp"
#include "tools/parley/trace/exports.hpp"
#include "tools/parley/trace/time_text.hpp"
#include "tools/parley/trace/waterfall.hpp"
#include "tools/parley/view/safe_text.hpp"

// What people and other programs get to see. The files' structure as a whole is checked by a validator of its
// own in tests/integration/support/trace_files.py.

namespace parley::trace {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string drawn(const std::string& trace, const waterfall_look& look = {}) {
  const auto what = sample();
  const auto store = store_of(what);
  const auto* sent = trace == first_message ? &what.sent.front() : nullptr;
  return waterfall(make_tree(trace, store), sent, look);
}

TEST(time_text_test, HasThreeDigitsAndItsUnit) {
  const std::pair<std::int64_t, const char*> times[]{{0, "0ns"},
                                                     {999, "999ns"},
                                                     {1'000, "1.00µs"},
                                                     {87'000, "87.0µs"},
                                                     {870'000, "870µs"},
                                                     {999'499, "999µs"},
                                                     {999'600, "1.00ms"},
                                                     {9'996'000, "10.0ms"},
                                                     {12'345'678, "12.3ms"},
                                                     {999'700'000, "1.00s"},
                                                     {61'000'000'000, "61.0s"},
                                                     {-1'200'000, "-1.20ms"}};
  for (const auto& [ns, text] : times) EXPECT_EQ(short_time(ns), text);
}

TEST(waterfall_test, FitsInEightyColumns) {
  for (const auto* trace : {first_message, second_message, torn_edit})
    for (const auto how : {folding::on, folding::off})
      for (const auto columns : {80, 132}) {
        std::istringstream lines{drawn(trace, {columns, view::colouring::off, how})};
        for (std::string line; std::getline(lines, line);) EXPECT_LE(view::columns_of(line), columns) << line;
      }
}

TEST(waterfall_test, SaysWhatAndHowLong) {
  const auto text = drawn(first_message);
  EXPECT_THAT(text, AllOf(StartsWith("trace 9f2c01a4b7e6d350  message  2025-"),
                          HasSubstr("node 2.28ms (spans explain 99.8 %), client 3.10ms, 49 spans on 3 nodes"),
                          HasSubstr("client 3.10ms"), HasSubstr("on 3 nodes"), HasSubstr("* node-2"),
                          HasSubstr("6 × session entries_delivered"),
                          HasSubstr("1 span began before what caused it: the nodes' clocks differ")));
  EXPECT_THAT(text, HasSubstr("6 of the 200 that relay on node-3 sent to have spans"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(waterfall_test, WaitingAndWorkingAreDifferentMarksAndColourIsNeverAlone) {
  EXPECT_THAT(drawn(first_message), AllOf(HasSubstr("░"), HasSubstr("█"), HasSubstr("▒")));
  const auto coloured = drawn(first_message, {80, view::colouring::on, folding::on});
  EXPECT_THAT(coloured, AllOf(HasSubstr("\x1b["), HasSubstr("░"), HasSubstr("* node-1")));
}

TEST(waterfall_test, WhatIsMissingIsSaid) {
  EXPECT_THAT(drawn(torn_edit), AllOf(HasSubstr("without the way from request to reply"),
                                      HasSubstr("? session conversation_answered"),
                                      HasSubstr("1 span marked ? came without what caused it")));
  EXPECT_THAT(drawn(second_message), HasSubstr("was done for this and for trace 9f2c01a4b7e6d350"));
  auto store = store_of(sample());
  store.forget(first_message);
  EXPECT_THAT(waterfall(make_tree(second_message, store), nullptr, {}), HasSubstr("is not here"));
  const auto remarks = remarks_about(sample());
  ASSERT_EQ(remarks.size(), 2U);
  EXPECT_THAT(remarks[0], HasSubstr("without the spans of node-4: it did not answer"));
  EXPECT_THAT(remarks[1], HasSubstr("12 spans were lost"));
}

TEST(waterfall_test, NamesCommandNoTerminal) {
  auto what = sample();
  for (auto& each : what.spans) each.name += "\x1b[2J\n";
  const auto store = store_of(what);
  EXPECT_THAT(waterfall(make_tree(first_message, store), nullptr, {}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(to_shiviz(what, shiviz_hosts::actors), Not(HasSubstr("\x1b")));
}

TEST(chrome_test, HasProcessesThreadsSlicesAndArrows) {
  const auto text = to_chrome(sample());
  const auto value = client::parse_json(text);
  ASSERT_TRUE(value);
  std::map<std::string, int> phases;
  for (const auto& each : client::array_of(client::object_in(*value), "traceEvents"))
    ++phases[client::text_of(client::object_in(each), "ph")];
  EXPECT_EQ(phases["X"], 65);
  EXPECT_EQ(phases["s"], phases["f"]);
  EXPECT_EQ(phases["s"], 65 - 3 - 1) << "all but three requests and what came without its cause";
  EXPECT_THAT(text, HasSubstr(R"("began_at_ns":"1764534216000000000")"));
}

TEST(otlp_test, HasAResourceForEachNodeAndIdsOfTheirLengths) {
  const auto text = to_otlp(sample());
  const auto value = client::parse_json(text);
  ASSERT_TRUE(value);
  EXPECT_EQ(client::array_of(client::object_in(*value), "resourceSpans").size(), 3U);
  EXPECT_THAT(text,
              AllOf(HasSubstr(R"("traceId":"00000000000000009f2c01a4b7e6d350")"),
                    HasSubstr(R"("startTimeUnixNano":"1764534216)"), HasSubstr(R"("links":[{"traceId")"),
                    HasSubstr(R"("parley.client.latency_ns","value":{"intValue":"3100000"}})")));
}

TEST(shiviz_test, BeginsWithWhatReadsIt) {
  const auto text = to_shiviz(sample(), shiviz_hosts::nodes);
  EXPECT_THAT(text, StartsWith("(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)\n^=== (?<trace>.*) ===$\n"
                               "=== 9f2c01a4b7e6d350 ===\nnode-1 {\"node-1\":1}\nconnection request "));
  EXPECT_THAT(to_shiviz(sample(), shiviz_hosts::actors),
              HasSubstr("node-1/17 {\"node-1/17\":1, \"node-1/io\":1}"));
}

TEST(exports_test, NothingIsAFileToo) {
  EXPECT_TRUE(client::parse_json(to_otlp({})));
  EXPECT_TRUE(client::parse_json(to_chrome({}))) << to_chrome({});
  EXPECT_THAT(to_shiviz({}, shiviz_hosts::actors), StartsWith("(?<host>"));
}

}  // namespace
}  // namespace parley::trace
