#pragma once

#include <filesystem>
#include <string>

#include "tools/parley/client/problem.hpp"
#include "tools/parley/experiment/settings.hpp"

namespace parley::experiment {

struct run_options {
  std::string yaml;  // as the file has it
  std::filesystem::path output;
};

/// What a run ended with.
enum class run_end { done, ended_early, violations };

/// Starts the cluster, has the people talk and the faults happen, records, checks, and takes everything down.
client::outcome<run_end> run(const settings& what, const run_options& options);

}  // namespace parley::experiment
