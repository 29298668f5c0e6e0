#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tools/parley/experiment/settings_file.hpp"

// An experiment's file: what it may say, and what is answered when it says something else.

namespace parley::experiment {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

read_settings read(std::string_view text) { return settings_in(text, "x.yaml"); }

/// The only thing that is wrong with a text.
std::string wrong_with(std::string_view text) {
  const auto all = read(text).wrong;
  EXPECT_THAT(all, SizeIs(1)) << text;
  return all.empty() ? std::string{} : all.front();
}

TEST(experiment_file, may_say_nothing) {
  const auto all = read("");
  EXPECT_THAT(all.wrong, IsEmpty());
  EXPECT_EQ(all.what.nodes, 3U);
}

TEST(experiment_file, says_everything) {
  const auto all = read(
      "name: Many bursts\n"
      "seed: 18446744073709551615\n"
      "duration: 1.5m\n"
      "cluster:\n  nodes: 5\n  arguments:\n    - --threads.io=2\n"
      "people: {count: 200, activity: 1.2, patience: 2s}\n"
      "groups:\n  count: 40\n  sizes: {shape: zipf, least: 2, most: 100, exponent: 0.5}\n"
      "traffic:\n  arrivals: bursts\n  rate: 12.5\n  burst_every: 500ms\n  texts: {shape: uniform, least: 1, "
      "most: 9}\n"
      "record: {metrics_every: 250ms, topology_every: 10s, traces: 0}\n"
      "faults:\n  - 60s restart postgres\n  - 20s kill owner of group 40\n  - 1500ms  freeze node-5 for 4s\n"
      "  - 25s start ended nodes\n  - 70s drain node-1\n");
  EXPECT_THAT(all.wrong, IsEmpty());
  const auto& what = all.what;
  EXPECT_EQ(what.seed, UINT64_MAX);
  EXPECT_EQ(what.duration, 90s);
  EXPECT_THAT(what.arguments, ElementsAre("--threads.io=2"));
  EXPECT_EQ(what.sizes.how, shape::zipf);
  EXPECT_EQ(what.arrivals, arrival::bursts);
  EXPECT_EQ(what.burst_every, 500ms);
  ASSERT_THAT(what.faults, SizeIs(5));
  EXPECT_EQ(what.faults[0].said, "1500ms freeze node-5 for 4s") << "faults come in the order of time";
  EXPECT_EQ(what.faults[0].lasts, 4s);
  EXPECT_EQ(what.faults[1].whom, victim::owner);
  EXPECT_EQ(what.faults[1].number, 40U);
  EXPECT_EQ(what.faults[4].what, act::drain);
}

TEST(experiment_file, is_told_where_it_is_wrong_and_what_is_allowed) {
  EXPECT_EQ(
      wrong_with("seed: 1\nduration: soon\n"),
      "x.yaml:2:11: duration: 'soon' is not allowed; right is a duration from 1s to 60m, such as 500ms, "
      "20s or 2m");
  EXPECT_EQ(wrong_with("cluster:\n  nodes: 17\n"),
            "x.yaml:2:10: cluster.nodes: '17' is not allowed; right is a whole number from 1 to 16");
  EXPECT_THAT(wrong_with("groups:\n  sizes:\n    shape: normal\n"),
              HasSubstr("x.yaml:3:12: groups.sizes.shape: 'normal' is not allowed; right is one of: fixed, "
                        "uniform, zipf"));
  EXPECT_THAT(
      wrong_with("people:\n  number: 3\n"),
      HasSubstr("x.yaml:2:11: people.number: is no key of an experiment; known in people are activity, "
                "count, patience"));
  EXPECT_THAT(wrong_with("people: 3\n"), HasSubstr("people: is a section"));
  EXPECT_THAT(wrong_with("traffic:\n  rate:\n"), HasSubstr("traffic.rate: has no value; right is a number"));
  EXPECT_THAT(wrong_with("traffic:\n  rate: nan\n"), HasSubstr("'nan' is not allowed"));
  EXPECT_THAT(wrong_with("faults: 20s kill node-1\n"), HasSubstr("x.yaml:1:9: faults: is no list"));
  EXPECT_THAT(wrong_with("cluster:\n  arguments: [--listen.port=80]\n"),
              HasSubstr("'--listen.port=80' is no flag that an experiment gives"));
  EXPECT_THAT(wrong_with("seed: ]\n"), HasSubstr("this is not YAML"));
  EXPECT_THAT(wrong_with("\xff\xfe"), HasSubstr("node_dies.yaml"));
}

TEST(experiment_file, names_the_line_of_a_fault_that_is_none) {
  const std::string begin = "faults:\n  - 1s kill node-1\n  - ";
  for (const auto* text :
       {"soon kill node-1", "2s murder node-1", "2s kill", "2s kill somebody", "2s kill node-0",
        "2s freeze node-1", "2s freeze node-1 for ever", "2s kill node-1 now", "2s kill postgres",
        "2s restart ended nodes", "2s start owner of group 1", "2s kill owner of group one"}) {
    const auto what = wrong_with(begin + text + "\n");
    EXPECT_THAT(what, HasSubstr("x.yaml:3:1: faults: '" + std::string{text} + "': ")) << text;
    EXPECT_THAT(what, HasSubstr("right is TIME kill|drain|restart|start TARGET")) << text;
  }
}

TEST(experiment_file, must_fit_together) {
  EXPECT_THAT(wrong_with("people: {count: 5}\n"), HasSubstr("a group is larger than there are people (5)"));
  EXPECT_THAT(wrong_with("groups:\n  sizes:\n    shape: uniform\n    least: 9\n    most: 3\n"),
              HasSubstr("x.yaml:5:1: groups.sizes: `most` (3) is less than `least` (9)"));
  EXPECT_THAT(wrong_with("duration: 10s\nfaults:\n  - 10s kill node-1\n"),
              HasSubstr("x.yaml:3:1: faults: '10s kill node-1' is after the end; right is before 10s"));
  EXPECT_THAT(wrong_with("faults:\n  - 10s kill node-4\n"), HasSubstr("there are node-1 to node-3"));
  EXPECT_THAT(wrong_with("faults:\n  - 10s kill owner of group 7\n"), HasSubstr("there are groups 1 to 6"));
  EXPECT_THAT(wrong_with("duration: 1h\ntraffic: {rate: 5000}\n"), HasSubstr("make 18000000 messages"));
}

TEST(experiment_file, that_ships_is_right) {
  std::ifstream in{std::string{std::getenv("PARLEY_SOURCE_DIR")} +
                   "/tools/topology/experiments/node_dies.yaml"};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  EXPECT_FALSE(text.empty());
  EXPECT_THAT(read(text).wrong, IsEmpty());
}

TEST(experiment_file, has_all_of_its_keys_in_the_guide) {
  std::ifstream in{std::string{std::getenv("PARLEY_SOURCE_DIR")} + "/tools/topology/EXPERIMENTS.md"};
  const std::string guide{std::istreambuf_iterator<char>{in}, {}};
  for (const auto& each : described_keys())
    EXPECT_THAT(guide, HasSubstr("`" + each.substr(0, each.find(':')) + "`"));
}

}  // namespace
}  // namespace parley::experiment
