#pragma once

#include "actors/contract/values/ports/call_forwarding.hpp"
#include "transport/http_answers.hpp"

/// Calls and answers as they go between nodes, and as HTTP.
namespace parley {

/// All that the answer depends on; pages of other origins are the business of the node that they called.
forwarded_call as_forwarded(const http_request& request);
http_request as_request(forwarded_call call);
forwarded_answer as_forwarded(const http_response& response);
http_response as_http(const forwarded_answer& answer);

}  // namespace parley
