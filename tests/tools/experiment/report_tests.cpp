#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tools/parley/experiment/report_data.hpp"

// What a report draws, of tables that are small enough to reckon by hand.

namespace parley::experiment {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
namespace fs = std::filesystem;

class experiment_report : public ::testing::Test {
protected:
  experiment_report() {
    fs::create_directories(folder_);
    write("experiment.yaml", "seed: 1\n");
    write("manifest.json",
          R"({"schema":"parley.experiment/1","name":"x","nodes":2,"time_zero":"2026-05-01T12:00:00.000Z"})");
    write("result.json", R"({"load_s":4})");
    write("faults.csv",
          "fault,said,what,nodes,planned_us,began_us,over_us,note\n"
          "1,2s kill node-2,kill,node-2,2000000,2000000,2010000,\n");
  }
  ~experiment_report() override { fs::remove_all(folder_); }

  void write(const char* name, const std::string& text) const { std::ofstream{folder_ / name} << text; }

  [[nodiscard]] json::object part(client::outcome<void> (*add)(const measured_folder&, json::object&)) const {
    const auto of = measured_folder::open(folder_);
    EXPECT_FALSE(of.has_error());
    json::object to;
    const auto done = add(*of, to);
    EXPECT_FALSE(done.has_error()) << (done.has_error() ? done.error().message : "");
    return to;
  }

  fs::path folder_ = fs::path{::testing::TempDir()} / "experiment_report";
};

std::vector<double> numbers(const json::value& of) {
  std::vector<double> out;
  for (const auto& each : of.as_array()) out.push_back(each.is_null() ? -1 : each.to_number<double>());
  return out;
}

TEST_F(experiment_report, counts_rates_and_what_a_fault_cost) {
  // Ten messages a second until 2 s, each after 10 ms; then one that waits for 700 ms, and one that is quick.
  std::string sends = "message,planned_us,acknowledged_us\n";
  for (int i = 0; i < 20; ++i) sends += fmt::format("{},{},{}\n", i, i * 100'000, i * 100'000 + 10'000);
  sends += "20,2100000,2800000\n21,3000000,3010000\n22,3500000,\n";
  write("sends.csv", sends);
  write("deliveries.csv", "at_us,message\n20000,0\n30000,0\n2810000,20\n0,\n");
  const auto of = part(add_clients);
  const auto& rates = of.at("rates").as_object();
  EXPECT_THAT(numbers(rates.at("planned")), ElementsAre(10, 10, 1, 2));
  EXPECT_THAT(numbers(rates.at("acknowledged")), ElementsAre(10, 10, 1, 1));
  EXPECT_THAT(numbers(rates.at("delivered")), ElementsAre(2, 0, 1, 0));
  EXPECT_THAT(
      numbers(of.at("latency").as_object().at("p50")),
      ElementsAre(DoubleNear(10, 1e-6), DoubleNear(10, 1e-6), DoubleNear(700, 1e-6), DoubleNear(10, 1e-6)));
  const auto& outage = of.at("faults").as_array().at(0).as_object().at("outage").as_object();
  EXPECT_THAT(outage.at("silence_ms").to_number<double>(), DoubleNear(800, 1));
  EXPECT_THAT(outage.at("longest_wait_ms").to_number<double>(), DoubleNear(700, 1));
  EXPECT_EQ(outage.at("late").to_number<int>(), 1);
  EXPECT_THAT(outage.at("usual_after_ms").to_number<double>(), DoubleNear(800, 1));
}

TEST_F(experiment_report, follows_counters_over_the_end_of_a_node) {
  write("metrics.csv",
        "at_us,node,metric,labels,value\n"
        "100000,node-1,up,,1\n100000,node-1,parley_commit_seconds_sum,,1.0\n"
        "100000,node-1,parley_commit_seconds_count,,100\n100000,node-1,parley_shards_held,,512\n"
        "1100000,node-1,up,,1\n1100000,node-1,parley_commit_seconds_sum,,1.2\n"
        "1100000,node-1,parley_commit_seconds_count,,110\n"
        "2100000,node-1,up,,0\n"
        "3100000,node-1,up,,1\n3100000,node-1,parley_commit_seconds_sum,,0.05\n"
        "3100000,node-1,parley_commit_seconds_count,,5\n"
        "3100000,node-1,parley_actor_mailbox_messages,\"{kind=\"\"session\"\"}\",7\n");
  const auto of = part(add_metrics);
  EXPECT_THAT(numbers(of.at("commit_ms").as_object().at("node-1")),
              ElementsAre(-1, DoubleNear(20, 1e-6), -1, DoubleNear(10, 1e-6)));
  EXPECT_THAT(numbers(of.at("shards").as_object().at("node-1")), ElementsAre(512, 0, -1, 0));
  EXPECT_THAT(numbers(of.at("mailboxes").as_object().at("session")), ElementsAre(0, 0, 0, 7));
}

/// A line of spans.jsonl.
std::string span(const char* trace, const char* id, const char* parent, const char* name, int at_us,
                 int waited_us, int took_us) {
  return fmt::format(
      R"({{"trace":"{:0>16}","span":"{:0>16}","parent":{},"node":"node-1","actor":null,"kind":"k","entity":null,"name":"{}","at_ns":"{}","waited_ns":{},"took_ns":{},"details":{{}}}})"
      "\n",
      trace, id, *parent == '\0' ? std::string{"null"} : fmt::format("\"{:0>16}\"", parent), name,
      1'764'534'216'000'000'000 + at_us * 1'000LL, waited_us * 1'000, took_us * 1'000);
}

TEST_F(experiment_report, finds_the_critical_path_of_whole_traces) {
  // Children may come before their parents, and some traces are not whole.
  write("spans.jsonl",
        span("a", "4", "3", "write_reply", 900, 5, 45) + span("a", "3", "1", "commit", 100, 300, 500) +
            span("a", "5", "3", "entries_published", 850, 1, 2) + span("a", "1", "", "request", 0, 0, 20) +
            span("b", "9", "8", "write_reply", 1, 1, 1) + span("c", "7", "", "request", 1, 1, 1));
  const auto traces = part(add_traces).at("traces").as_object();
  EXPECT_EQ(traces.at("all").to_number<int>(), 3);
  EXPECT_EQ(traces.at("whole").to_number<int>(), 1);
  const auto& way = traces.at("ways").as_array().at(0).as_object();
  EXPECT_EQ(way.at("total_us").to_number<double>(), 950);
  std::vector<std::string> names;
  std::vector<double> times;
  for (const auto& each : way.at("steps").as_array()) {
    names.push_back(client::text_of(each.as_object(), "name"));
    times.push_back(each.as_object().at("all_us").to_number<double>());
  }
  EXPECT_THAT(names, ElementsAre("request", "commit", "write_reply"));
  EXPECT_THAT(times, ElementsAre(100, 800, 50));
}

TEST_F(experiment_report, tells_apart_what_was_answered_without_a_commit) {
  // Three refusals while the owner was away, and one message.
  std::string spans;
  for (const auto* trace : {"a", "b", "c", "d"}) {
    const bool committed = *trace == 'd';
    spans += span(trace, "1", "", "request", 0, 0, 20);
    if (committed) spans += span(trace, "2", "1", "commit", 100, 0, 500);
    spans += span(trace, "3", committed ? "2" : "1", "write_reply", 900, 5, 45);
  }
  write("spans.jsonl", spans);
  const auto traces = part(add_traces).at("traces").as_object();
  EXPECT_EQ(traces.at("whole").to_number<int>(), 4);
  EXPECT_EQ(traces.at("without_commit").to_number<int>(), 3);
  ASSERT_EQ(traces.at("ways").as_array().size(), 1U);
  EXPECT_EQ(traces.at("ways").as_array().at(0).as_object().at("traces").to_number<int>(), 1);
}

TEST_F(experiment_report, is_refused_for_a_file_of_traces_that_was_cut) {
  write("spans.jsonl", R"({"trace":"00000000)"
                       "\n");
  const auto of = measured_folder::open(folder_);
  json::object to;
  const auto done = add_traces(*of, to);
  ASSERT_TRUE(done.has_error());
  EXPECT_THAT(done.error().message, ::testing::HasSubstr("spans.jsonl"));
}

TEST_F(experiment_report, has_no_traces_without_a_file_of_them) {
  EXPECT_TRUE(part(add_traces).at("traces").as_object().at("ways").as_array().empty());
}

}  // namespace
}  // namespace parley::experiment
