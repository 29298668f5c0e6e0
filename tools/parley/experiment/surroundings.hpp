#pragma once

#include <filesystem>

#include "tools/parley/client/json.hpp"
#include "tools/parley/experiment/cluster.hpp"

namespace parley::experiment {

/// Programs and machine that figures were measured with: without them none says anything. `folder`: the disk
/// below it is measured.
client::json::object surroundings(const cluster& of, const std::filesystem::path& folder);

/// Each node's configuration as it understood it, in FOLDER/nodes/NAME.yaml.
void write_configurations(const cluster& of, const std::filesystem::path& folder);

}  // namespace parley::experiment
