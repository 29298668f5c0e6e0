#include "tools/parley/bench/processes.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>
#include <vector>

#include "tools/parley/bench/bench_failure.hpp"

namespace parley::bench {
namespace {

/// Uses this much processor time.
void burn(std::chrono::milliseconds time) {
  const auto until = std::clock() + time.count() * CLOCKS_PER_SEC / 1'000;
  while (std::clock() < until) {
  }
}

/// A child that burns and then waits to be told to end, which closing `stop` does.
struct busy_child {
  pid_t pid = 0;
  int stop = -1;
};

busy_child start_busy_child(std::chrono::milliseconds time) {
  int told[2];
  int ready[2];
  EXPECT_EQ(::pipe(told), 0);
  EXPECT_EQ(::pipe(ready), 0);
  const auto child = ::fork();
  char byte = 0;
  if (child == 0) {
    ::close(told[1]);
    burn(time);
    if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
    [[maybe_unused]] const auto ended = ::read(told[0], &byte, 1);
    ::_exit(0);
  }
  ::close(told[0]);
  EXPECT_EQ(::read(ready[0], &byte, 1), 1);
  ::close(ready[0]);
  ::close(ready[1]);
  return {child, told[1]};
}

TEST(Processes, TellWhatTheyHaveUsed) {
  const auto before = cpu_us(::getpid());
  burn(std::chrono::milliseconds{100});
  const auto after = cpu_us(::getpid());
  ASSERT_TRUE(before && after);
  EXPECT_GE(*after - *before, 70'000);
  EXPECT_LE(*after - *before, 10'000'000);
}

TEST(Processes, CountAChildByItselfUntilItHasEndedAndThenWithItsParent) {
  const auto with_children_before = cpu_with_ended_children_us(::getpid());
  const auto child = start_busy_child(std::chrono::milliseconds{100});
  const auto children = children_of(::getpid());
  EXPECT_NE(std::find(children.begin(), children.end(), child.pid), children.end());
  EXPECT_GE(cpu_us(child.pid).value_or(0), 70'000);
  ::close(child.stop);
  ::waitpid(child.pid, nullptr, 0);
  EXPECT_FALSE(is_alive(child.pid));
  EXPECT_FALSE(cpu_us(child.pid).has_value());
  ASSERT_TRUE(with_children_before);
  EXPECT_GE(cpu_with_ended_children_us(::getpid()).value_or(0) - *with_children_before, 70'000);
}

TEST(Processes, TellTheirMemory) {
  const auto before = resident_bytes(::getpid());
  std::vector<char> touched(16U << 20U, 'x');
  const auto after = resident_bytes(::getpid());
  ASSERT_TRUE(before && after);
  EXPECT_GE(*after, *before + (12U << 20U)) << touched.back();
  EXPECT_FALSE(resident_bytes(0).has_value());
}

TEST(Processes, OfANodeThatIsUnknownCostNothingKnown) {
  const auto times = node_processes{}.sample();
  EXPECT_FALSE(times.node.has_value());
  EXPECT_FALSE(times.postgres.has_value());
  EXPECT_GT(times.generator, 0);
}

TEST(Processes, AreAPartOfWhatTheMachineDoes) {
  const auto before = node_processes{}.sample();
  burn(std::chrono::milliseconds{200});
  const auto after = node_processes{}.sample();
  ASSERT_TRUE(before.machine && after.machine);
  EXPECT_GE(after.generator - before.generator, 190'000);
  EXPECT_GE(*after.machine - *before.machine, 150'000);
}

TEST(Processes, OfADataFolderWithoutANodeCannotBeReached) {
  try {
    node_processes::in_data_folder("/nonexistent");
    FAIL() << "found a node in a folder that is not there";
  } catch (const bench_failure& failure) {
    EXPECT_EQ(failure.status(), exit_status::unreachable);
    EXPECT_NE(std::string{failure.what()}.find("/nonexistent"), std::string::npos);
  }
}

TEST(Cores, AreReadAsListsAndRanges) {
  EXPECT_EQ(parse_cores("0"), std::vector<std::size_t>{0});
  EXPECT_EQ(parse_cores("0-0"), std::vector<std::size_t>{0});
  EXPECT_EQ(parse_cores("0,0"), (std::vector<std::size_t>{0, 0}));
  EXPECT_TRUE(parse_cores("all").empty());
  EXPECT_TRUE(parse_cores("").empty());
}

TEST(Cores, ThatAreNotThereAreAMistake) {
  for (const char* text : {"x", "-1", "0-", "0,x", "100000", "0-100000", "1.5", " "})
    EXPECT_THROW(parse_cores(text), bench_failure) << text;
}

}  // namespace
}  // namespace parley::bench
