#pragma once

#include <CLI/App.hpp>
#include <cstdint>

#include "tools/parley/commands/operator_calls.hpp"
#include "tools/parley/topology/watcher.hpp"

namespace parley::topology {

/// What `watch` and `record` take.
struct watch_options : commands::operator_options {
  watch_settings settings;
  std::uint64_t for_ms = 0;
  std::uint64_t give_up_ms = 60'000;
  std::uint64_t every_ms = 0;
};

/// All of them but `every_ms`.
void add_watch_options(CLI::App& command, watch_options& options);
watch_settings settings_of(const watch_options& options);

}  // namespace parley::topology
