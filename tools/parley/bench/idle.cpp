#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "tools/parley/bench/bench_failure.hpp"
#include "tools/parley/bench/machine.hpp"
#include "tools/parley/bench/run.hpp"

namespace parley::bench {

namespace {

// Opened before the first look, so that what the first sessions cost once is not counted.
constexpr std::size_t warm_sessions = 8;
constexpr nanoseconds crowd_opens_within = 600 * second_ns;
constexpr nanoseconds settle_within = 15 * second_ns;
constexpr nanoseconds look_again = 250 * millisecond_ns;
constexpr int calm_looks = 4;
constexpr double calm_change = 0.001;
// Files that a process has open besides its connections: logs, epolls, the database.
constexpr std::uint64_t other_files = 100;

std::uint64_t open_files_of(pid_t process) {
  std::ifstream in{fmt::format("/proc/{}/limits", process)};
  constexpr std::string_view name = "Max open files";
  for (std::string line; std::getline(in, line);) {
    std::istringstream rest{line.starts_with(name) ? line.substr(name.size()) : std::string{}};
    std::uint64_t limit = 0;
    if (rest >> limit) return limit;
  }
  return UINT64_MAX;
}

/// Ports that a connection from one address to one other can have.
std::uint64_t local_ports() {
  std::ifstream in{"/proc/sys/net/ipv4/ip_local_port_range"};
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  return in >> first >> last && last > first ? last - first : UINT64_MAX;
}

/// What this machine allows, and why no more.
struct allowance {
  std::uint64_t sessions;
  std::string because;
};

allowance allowed(pid_t node) {
  allowance found{local_ports(), "the range of local ports (net.ipv4.ip_local_port_range)"};
  const auto files = [&](std::uint64_t limit, const char* whose) {
    const auto left = limit > other_files ? limit - other_files : 0;
    if (left < found.sessions)
      found = {left, fmt::format("{} limit of {} open files (ulimit -n)", whose, limit)};
  };
  files(raise_file_limit(), "this program's");
  if (node != 0) files(open_files_of(node), "the node's");
  return found;
}

/// The node's memory once it no longer changes; the last look when it never rests.
std::optional<std::uint64_t> settled_memory(run& here) {
  std::optional<std::uint64_t> last;
  const auto deadline = now_ns() + settle_within;
  for (int calm = 0; calm < calm_looks && now_ns() < deadline && !stop_request::came();) {
    const auto until = now_ns() + look_again;
    while (now_ns() < until) here.connections().loop().run_once(until);
    const auto now = resident_bytes(here.processes().node());
    if (!now) return {};
    const auto change = last ? std::abs(static_cast<double>(*now) - static_cast<double>(*last)) : 1e18;
    calm = change <= calm_change * static_cast<double>(*now) ? calm + 1 : 0;
    last = now;
  }
  return last;
}

std::vector<std::string> tokens_for(const std::vector<client::signed_in_user>& people, std::size_t count) {
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < count; ++i) tokens.push_back(people[i % people.size()].token);
  return tokens;
}

/// What was seen, in the order in which it happens.
struct idle_course {
  std::size_t sessions = 0;
  std::optional<std::uint64_t> memory_before, memory_after, memory_at_end;
  double opened_in = 0;  // seconds
  double idle_for = 0;
  cpu_times before_opening, after_opening, idle_begin, idle_end;
};

idle_course watch(run& here, const idle_options& idle, const std::vector<client::signed_in_user>& people,
                  std::size_t count) {
  idle_course seen;
  seen.sessions = count;
  auto& connections = here.connections();
  seen.memory_before = settled_memory(here);
  fmt::print(stderr, "opening {} sessions\n", count);
  seen.before_opening = here.processes().sample();
  const auto began = now_ns();
  connections.open(tokens_for(people, count), idle.together, crowd_opens_within);
  seen.opened_in = static_cast<double>(now_ns() - began) / 1e9;
  seen.after_opening = here.processes().sample();
  fmt::print(stderr, "waiting until the node's memory rests, then {:g} s\n", idle.seconds);
  seen.memory_after = settled_memory(here);
  seen.idle_begin = here.processes().sample();
  const auto idle_since = now_ns();
  const auto until = idle_since + to_ns(idle.seconds);
  while (now_ns() < until && !stop_request::came()) connections.loop().run_once(until);
  seen.idle_for = static_cast<double>(now_ns() - idle_since) / 1e9;
  seen.idle_end = here.processes().sample();
  seen.memory_at_end = resident_bytes(here.processes().node());
  return seen;
}

std::optional<double> difference(std::optional<double> from, std::optional<double> to) {
  if (!from || !to) return {};
  return *to - *from;
}

std::optional<double> scaled(std::optional<double> value, double by) {
  return value ? std::optional{*value * by} : std::nullopt;
}

void describe(report& figures, const idle_course& seen) {
  const auto sessions = static_cast<double>(seen.sessions);
  const auto mib = [](std::optional<std::uint64_t> bytes) {
    return bytes ? std::optional{static_cast<double>(*bytes) / (1U << 20U)} : std::nullopt;
  };
  const auto added = difference(mib(seen.memory_before), mib(seen.memory_after));
  figures.heading("the node's resident memory");
  figures.number("memory.bytes_per_session", "a session", scaled(added, (1U << 20U) / sessions), 0, "bytes");
  figures.number("memory.before_mib", "before", mib(seen.memory_before), 1, "MiB");
  figures.number("memory.after_mib", "with all sessions", mib(seen.memory_after), 1, "MiB");
  figures.number("memory.at_end_mib", "at the end", mib(seen.memory_at_end), 1, "MiB");
  figures.heading("opening (connect, upgrade, identify, sync)");
  figures.number("opening.seconds", "all in", seen.opened_in, 2, "s");
  figures.number("opening.sessions_per_second", "sessions", sessions / seen.opened_in, 0, "/s");
  figures.number("opening.node_us_per_session", "node, a session",
                 scaled(difference(seen.before_opening.node, seen.after_opening.node), 1 / sessions), 0,
                 "us");
  figures.number("opening.postgres_us_per_session", "PostgreSQL, a session",
                 scaled(difference(seen.before_opening.postgres, seen.after_opening.postgres), 1 / sessions),
                 0, "us");
  figures.heading(fmt::format("then idle for {:.1f} s", seen.idle_for));
  const auto percent = 1 / seen.idle_for / 1e4;
  figures.value("idle.seconds", seen.idle_for);
  figures.number("idle.node_percent", "node",
                 scaled(difference(seen.idle_begin.node, seen.idle_end.node), percent), 2, "% of a core");
  figures.number("idle.postgres_percent", "PostgreSQL",
                 scaled(difference(seen.idle_begin.postgres, seen.idle_end.postgres), percent), 2,
                 "% of a core");
}

}  // namespace

int run_idle(const node_options& node, const idle_options& idle) {
  run here{node, "idle", {}};
  const auto possible = allowed(here.processes().node());
  const auto most = possible.sessions - std::min<std::uint64_t>(possible.sessions, warm_sessions);
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(idle.sessions, most));
  auto& figures = here.figures();
  figures.value("settings.sessions", count);
  figures.value("settings.sessions_wanted", idle.sessions);
  figures.value("settings.people", idle.people);
  figures.remark(fmt::format("  {} sessions of {} people in one group", count, idle.people));
  if (count < idle.sessions) {
    const auto text =
        fmt::format("  only {} of the {} sessions asked for: {}", count, idle.sessions, possible.because);
    fmt::print(stderr, "{}\n", text);
    figures.remark(text);
  }
  const auto people = here.people(idle.people);
  auto& connections = here.connections();
  connections.open({people.front().token}, 1, crowd_opens_within);
  // So that each session has a conversation to look after.
  here.make_group(people);
  connections.open(tokens_for(people, warm_sessions - 1), idle.together, crowd_opens_within);
  describe(figures, watch(here, idle, people, count));
  const bool interrupted = stop_request::came();
  figures.value("interrupted", interrupted);
  return here.finish(!interrupted);
}

}  // namespace parley::bench
