#pragma once

#include <string_view>

#include "actors/contract/values/ports/operator_desk.hpp"
#include "transport/http_answers.hpp"

namespace parley {

/// Answers the calls about nodes and shards: `nodes`, `nodes/NAME/drain`, `shards` and `where`, below
/// /v1/operator. False, and nothing was answered: the path is none of these. Who asks is the operator.
bool answer_about_cluster(operator_desk& desk, const http_request& request, std::string_view path,
                          std::string_view query, const http_responder& respond);

}  // namespace parley
