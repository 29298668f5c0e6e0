#pragma once

#include <string_view>

#include "actors/contract/values/ports/operator_desk.hpp"
#include "transport/operator_topology.hpp"

namespace parley {

/// Whether a target is one of these calls; another node may hand such a one over.
bool is_about_traces(std::string_view target);

/// Answers the calls about the way of single requests: `traces` and `traces/sampling`, below /v1/operator.
/// False, and nothing was answered: the path is none of these. Who may ask: as for `answer_about_topology`.
bool answer_about_traces(const topology_ways& ways, operator_desk& desk, const http_request& request,
                         std::string_view path, std::string_view query, const http_responder& respond);

}  // namespace parley
