#include "tools/parleyd/process_limits.hpp"

#include <sys/resource.h>

#include <fstream>
#include <string>

#include "actors/contract/values/log_event.hpp"

namespace parley {

namespace {
// Fewer are soon used up, and then nobody new gets in.
constexpr rlim_t descriptors_wanted = 4'096;
}  // namespace

void use_all_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < descriptors_wanted)
    log(severity::warning, "few_descriptors",
        "the process may have few descriptors, and needs one a connection: raise its limit (ulimit -Hn)",
        {{"descriptors", std::to_string(limit.rlim_max)}});
}

void keep_memory_out_of_dumps() {
  // No kind of mapping is dumped (core(5)). Unlike RLIMIT_CORE this also holds where core_pattern is a pipe,
  // and unlike PR_SET_DUMPABLE it keeps a debugger, and /proc, open to whoever runs the node.
  std::ofstream{"/proc/self/coredump_filter"} << "0";
}

}  // namespace parley
