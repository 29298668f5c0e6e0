#include "tools/parley/bench/machine.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "tools/parley/bench/clock.hpp"

namespace parley::bench {

namespace {

/// What follows the colon of the first line that begins so.
std::string value_in(const char* file, const std::string& name) {
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(name)) continue;
    const auto begin = line.find_first_not_of(": \t", name.size());
    return begin == std::string::npos ? std::string{} : line.substr(begin);
  }
  return {};
}

}  // namespace

machine this_machine() {
  machine found;
  found.cores = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  found.processor = value_in("/proc/cpuinfo", "model name");
  found.memory_bytes = std::strtoull(value_in("/proc/meminfo", "MemTotal").c_str(), nullptr, 10) * 1'024U;
  utsname kernel{};
  if (::uname(&kernel) == 0) found.kernel = std::string{kernel.sysname} + " " + kernel.release;
  return found;
}

double flush_us(const std::string& folder) {
  auto path = folder + "/flush-XXXXXX";
  const int file = ::mkstemp(path.data());
  if (file < 0) return -1;
  const std::array<char, 8'192> block{};
  std::vector<double> times;
  for (int i = 0; i < 40; ++i) {
    const auto begin = now_ns();
    if (::pwrite(file, block.data(), block.size(), 0) < 0 || ::fdatasync(file) != 0) break;
    times.push_back(static_cast<double>(now_ns() - begin) / 1e3);
  }
  ::close(file);
  ::unlink(path.c_str());
  if (times.empty()) return -1;
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

std::uint64_t raise_file_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace parley::bench
