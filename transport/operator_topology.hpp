#pragma once

#include <string_view>

#include "actors/contract/values/ports/operator_desk.hpp"
#include "actors/contract/values/ports/topology_source.hpp"
#include "actors/contract/values/ports/trace_source.hpp"
#include "transport/http_answers.hpp"
#include "transport/operator_peers.hpp"

namespace parley {

/// Where the answers about a cluster's actors come from.
struct topology_ways {
  topology_source* source = nullptr;  // none: nothing is below /v1/operator/topology
  peer_ways peers;
  trace_source* traces = nullptr;  // none: nothing is below /v1/operator/traces
};

/// Whether a target is one of these calls; another node may hand such a one over.
bool is_about_topology(std::string_view target);

/// Answers the calls about actors: `topology`, `topology/level` and `topology/changes`, below /v1/operator.
/// False, and nothing was answered: the path is none of these. Who asks is the operator, here and at the
/// nodes that are asked in turn, which look at the same token.
bool answer_about_topology(const topology_ways& ways, operator_desk& desk, const http_request& request,
                           std::string_view path, std::string_view query, const http_responder& respond);

}  // namespace parley
