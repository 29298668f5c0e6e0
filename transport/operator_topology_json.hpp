#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "actors/contract/values/cluster.hpp"
#include "actors/contract/values/topology.hpp"
#include "transport/operator_peers.hpp"

/// Snapshots as JSON, in the shape of tools/topology/snapshot.schema.json.
namespace parley {

/// The snapshot of one node. Actors are left out from where it would be larger than so many bytes.
std::string snapshot_body(const topology_part& part, std::size_t bytes_max);

std::string changes_body(const topology_changes& told);

/// What the parts of a cluster's snapshot are put together to.
struct snapshot_frame {
  timestamp_ms taken_at = 0;
  std::string answered_by;
  topology_question question;
};

/// One snapshot of those of several nodes, each as `snapshot_body` has written it; what is none adds nothing.
/// Edges between nodes are given the actors at both ends.
std::string merged_snapshot(const snapshot_frame& frame, const std::vector<std::string>& parts,
                            const std::vector<missing_part>& missing);

}  // namespace parley
