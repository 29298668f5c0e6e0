#pragma once

#include <sched.h>

#include <algorithm>
#include <thread>

namespace parley {

/// How many cores this process may use: those of its affinity (taskset, CPUAffinity= of systemd, cpusets
/// of containers), at least one. The standard library counts all that are online, and two threads that
/// share one core mostly wait for each other's locks.
inline std::size_t usable_cores() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0)
    return static_cast<std::size_t>(std::max(1, CPU_COUNT(&allowed)));
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace parley
