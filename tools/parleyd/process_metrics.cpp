#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "tools/parleyd/metrics.hpp"

namespace parley {

namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

/// What /proc/self/stat says, in seconds and bytes; see proc(5).
struct process_usage {
  double cpu_seconds = 0;
  double started_at = 0;  // seconds since 1970
  double virtual_bytes = 0;
  double resident_bytes = 0;
  double threads = 0;
};

double system_started_at() {
  std::ifstream file{"/proc/stat"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  return 0;
}

process_usage usage() {
  std::ifstream file{"/proc/self/stat"};
  const std::string line{std::istreambuf_iterator<char>{file}, {}};
  const auto name_ends = line.rfind(')');
  if (name_ends == std::string::npos) return {};
  std::istringstream rest{line.substr(name_ends + 1)};
  const std::vector<std::string> fields{std::istream_iterator<std::string>{rest}, {}};
  // The third field of proc(5) is the first after the name.
  const auto field = [&](std::size_t number) {
    return number - 3 < fields.size() ? std::stod(fields[number - 3]) : 0.0;
  };
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  static const double booted_at = system_started_at();
  return {(field(14) + field(15)) / ticks, booted_at + field(22) / ticks, field(23), field(24) * page,
          field(20)};
}

double open_descriptors() {
  std::error_code problem;
  const std::filesystem::directory_iterator all{"/proc/self/fd", problem};
  // One of them is the listing's own.
  return problem ? 0.0 : static_cast<double>(std::distance(begin(all), end(all)) - 1);
}

double most_descriptors() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0.0;
}

MetricFamily gauge(const char* name, const char* help, double value) {
  MetricFamily made{name, help, MetricType::Gauge, {{}}};
  made.metric.front().gauge.value = value;
  return made;
}

}  // namespace

void add_process_metrics(std::vector<MetricFamily>& to) {
  const auto now = usage();
  MetricFamily cpu{"process_cpu_seconds_total",
                   "Total user and system CPU time spent in seconds.",
                   MetricType::Counter,
                   {{}}};
  cpu.metric.front().counter.value = now.cpu_seconds;
  to.push_back(std::move(cpu));
  to.push_back(gauge("process_resident_memory_bytes", "Resident memory size in bytes.", now.resident_bytes));
  to.push_back(gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", now.virtual_bytes));
  to.push_back(gauge("process_open_fds", "Number of open file descriptors.", open_descriptors()));
  to.push_back(gauge("process_max_fds", "Maximum number of open file descriptors.", most_descriptors()));
  to.push_back(gauge("process_threads", "Number of OS threads in the process.", now.threads));
  to.push_back(gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
                     now.started_at));
}

}  // namespace parley
