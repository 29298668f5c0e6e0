#include "tools/parley/bench/report.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace parley::bench {
namespace {

TEST(Report, ShowsTheSameFiguresToPeopleAndToPrograms) {
  report figures;
  figures.heading("a run");
  figures.text("settings.mode", "mode", "group");
  figures.count("totals.messages", "messages", 1'234'567, "sent");
  figures.number("cpu.node_us", "node", 12.345, 1, "us");
  EXPECT_EQ(figures.table(),
            "a run\n"
            "  mode      group\n"
            "  messages  1,234,567 sent\n"
            "  node      12.3 us\n");
  const auto parsed = client::parse_json(figures.json());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->at("settings").at("mode").as_string(), "group");
  EXPECT_EQ(parsed->at("totals").at("messages").to_number<std::uint64_t>(), 1'234'567U);
  EXPECT_DOUBLE_EQ(parsed->at("cpu").at("node_us").to_number<double>(), 12.345);
}

TEST(Report, SaysThatAFigureIsUnknown) {
  report figures;
  figures.number("cpu.node_us", "node", std::nullopt, 1, "us");
  figures.number("cpu.other_us", "other", std::nan(""), 1, "us");
  EXPECT_EQ(figures.table(), "  node   unknown\n  other  unknown\n");
  const auto parsed = client::parse_json(figures.json());
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->at("cpu").at("node_us").is_null());
  EXPECT_TRUE(parsed->at("cpu").at("other_us").is_null());
}

TEST(Report, SplitsLongNumbersInThousands) {
  report figures;
  for (const double value : {0.0, 999.0, 1'000.0, 123'456.75, -1'000.0}) figures.number("n", "n", value, 0);
  EXPECT_EQ(figures.table(), "  n  0\n  n  999\n  n  1,000\n  n  123,457\n  n  -1,000\n");
}

TEST(Report, GivesLatenciesInMillisecondsAndInMicroseconds) {
  histogram values;
  values.record(1'500'000);
  report figures;
  figures.latency("latency.delivery", "delivered", values);
  EXPECT_EQ(figures.table(), "  delivered  1.500 ms p50   1.500 p99   1.500 p99.9   1.500 max\n");
  const auto parsed = client::parse_json(figures.json());
  ASSERT_TRUE(parsed);
  const auto& latency = parsed->at("latency").at("delivery");
  EXPECT_EQ(latency.at("count").to_number<int>(), 1);
  EXPECT_DOUBLE_EQ(latency.at("p99_us").to_number<double>(), 1'500);
}

}  // namespace
}  // namespace parley::bench
