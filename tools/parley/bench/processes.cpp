#include "tools/parley/bench/processes.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string_view>

#include "tools/parley/bench/bench_failure.hpp"

namespace parley::bench {

namespace {

std::string whole_file(const std::string& path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// The fields of /proc/PID/stat from the third one (state) on: the second is a name that may hold anything.
std::vector<std::string> stat_fields(pid_t process) {
  const auto text = whole_file(fmt::format("/proc/{}/stat", process));
  const auto end_of_name = text.rfind(')');
  if (end_of_name == std::string::npos) return {};
  std::istringstream rest{text.substr(end_of_name + 1)};
  return {std::istream_iterator<std::string>{rest}, {}};
}

constexpr std::size_t field_state = 0;
constexpr std::size_t field_parent = 1;
constexpr std::size_t field_user_time = 11;  // user, system, then both of ended children
constexpr std::size_t fields_wanted = 15;

double ticks(const std::vector<std::string>& fields, std::size_t first, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += std::stod(fields[first + i]);
  return sum * 1e6 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

template <class Visit>
void for_each_number_in(const std::string& folder, Visit visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open{::opendir(folder.c_str()), &::closedir};
  if (!open) return;
  while (const auto* entry = ::readdir(open.get())) {
    const std::string_view name{entry->d_name};
    pid_t number = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
    if (read.ec == std::errc{} && read.ptr == name.data() + name.size()) visit(number);
  }
}

/// What the first line of /proc/stat counts as spent: all but idle and waiting for a disk. A guest's time
/// is within the user's.
std::optional<double> machine_cpu_us() {
  std::istringstream line{whole_file("/proc/stat")};
  std::string name;
  double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, soft_irq = 0, steal = 0;
  if (!(line >> name >> user >> nice >> system >> idle >> waiting >> irq >> soft_irq >> steal)) return {};
  return (user + nice + system + irq + soft_irq + steal) * 1e6 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double own_cpu_us() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return us(used.ru_utime) + us(used.ru_stime);
}

}  // namespace

std::optional<double> cpu_us(pid_t process) {
  const auto fields = stat_fields(process);
  if (fields.size() < fields_wanted) return {};
  return ticks(fields, field_user_time, 2);
}

std::optional<double> cpu_with_ended_children_us(pid_t process) {
  const auto fields = stat_fields(process);
  if (fields.size() < fields_wanted) return {};
  return ticks(fields, field_user_time, 4);
}

std::optional<std::uint64_t> resident_bytes(pid_t process) {
  // smaps_rollup counts pages, statm a counter that each processor adds to late.
  std::istringstream rollup{whole_file(fmt::format("/proc/{}/smaps_rollup", process))};
  for (std::string line; std::getline(rollup, line);)
    if (line.starts_with("Rss:")) return std::stoull(line.substr(4)) * 1'024U;
  std::istringstream statm{whole_file(fmt::format("/proc/{}/statm", process))};
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  if (!(statm >> size >> resident)) return {};
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::vector<pid_t> children_of(pid_t process) {
  std::vector<pid_t> children;
  for_each_number_in("/proc", [&](pid_t each) {
    const auto fields = stat_fields(each);
    if (fields.size() > field_parent && fields[field_parent] == std::to_string(process))
      children.push_back(each);
  });
  return children;
}

std::string program_name(pid_t process) {
  auto name = whole_file(fmt::format("/proc/{}/comm", process));
  if (name.ends_with('\n')) name.pop_back();
  return name;
}

bool is_alive(pid_t process) {
  const auto fields = stat_fields(process);
  return !fields.empty() && fields[field_state] != "Z";
}

std::vector<std::size_t> parse_cores(const std::string& text) {
  if (text.empty() || text == "all") return {};
  const auto there = static_cast<std::size_t>(::sysconf(_SC_NPROCESSORS_CONF));
  std::vector<std::size_t> cores;
  std::istringstream parts{text};
  for (std::string part; std::getline(parts, part, ',');) {
    const auto dash = part.find('-');
    const auto number = [&](std::string_view digits) {
      std::size_t value = 0;
      const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size() || value >= there)
        throw bench_failure{fmt::format("a list of cores looks like 0, 0,2 or 0-3 (or all), of {} that this "
                                        "machine has, not '{}'",
                                        there, text),
                            exit_status::usage};
      return value;
    };
    const auto first = number(std::string_view{part}.substr(0, dash));
    const auto last = dash == std::string::npos ? first : number(std::string_view{part}.substr(dash + 1));
    for (auto core = first; core <= last; ++core) cores.push_back(core);
  }
  return cores;
}

cpu_set_t core_set(const std::vector<std::size_t>& cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (cores.empty())
    for (std::size_t core = 0; core < CPU_SETSIZE; ++core) CPU_SET(core, &set);
  for (const auto core : cores) CPU_SET(core, &set);
  return set;
}

void run_on(pid_t process, const std::vector<std::size_t>& cores) {
  const auto set = core_set(cores);
  for_each_number_in(fmt::format("/proc/{}/task", process),
                     [&](pid_t thread) { ::sched_setaffinity(thread, sizeof set, &set); });
}

node_processes::node_processes(pid_t node) : node_(node) {
  for (const auto child : children_of(node))
    if (program_name(child) == "postgres") postmaster_ = child;
}

node_processes node_processes::in_data_folder(const std::string& folder) {
  pid_t node = 0;
  std::ifstream{folder + "/parleyd.pid"} >> node;
  if (node <= 0 || !is_alive(node))
    throw bench_failure{folder + " is the data folder of no running node (its parleyd.pid says so)",
                        exit_status::unreachable};
  return node_processes{node};
}

cpu_times node_processes::sample() const {
  cpu_times times;
  times.generator = own_cpu_us();
  times.machine = machine_cpu_us();
  if (node_ != 0) times.node = cpu_us(node_);
  for (const auto each : more_)
    if (times.node) times.node = *times.node + cpu_us(each).value_or(0);
  if (postmaster_ == 0) return times;
  // Children first: one that ends in between is then counted with the postmaster's, perhaps twice,
  // rather than not at all.
  double children = 0;
  for (const auto child : children_of(postmaster_)) children += cpu_us(child).value_or(0);
  if (const auto postmaster = cpu_with_ended_children_us(postmaster_))
    times.postgres = *postmaster + children;
  return times;
}

}  // namespace parley::bench
