#include "transport/polling/forwarded_http.hpp"

#include <string>
#include <utility>

namespace parley {

namespace http = boost::beast::http;

namespace {
std::string as_string(boost::beast::string_view text) { return {text.data(), text.size()}; }
}  // namespace

forwarded_call as_forwarded(const http_request& request) {
  return {
      {as_string(request.method_string()), as_string(request.target()),
       as_string(request[http::field::authorization]), as_string(request[http::field::content_type]), false},
      request.body()};
}

http_request as_request(forwarded_call call) {
  http_request request;
  request.method_string(call.head.method);
  request.target(call.head.target);
  if (!call.head.authorization.empty()) request.set(http::field::authorization, call.head.authorization);
  if (!call.head.content_type.empty()) request.set(http::field::content_type, call.head.content_type);
  request.body() = std::move(call.body);
  return request;
}

forwarded_answer as_forwarded(const http_response& response) {
  forwarded_answer answer{{static_cast<std::uint16_t>(response.result_int()), {}}, response.body()};
  for (const auto& field : response)
    answer.head.fields.emplace_back(as_string(field.name_string()), as_string(field.value()));
  return answer;
}

http_response as_http(const forwarded_answer& answer) {
  const auto status = http::int_to_status(answer.head.status);
  http_response response{status == http::status::unknown ? http::status::bad_gateway : status, 11};
  for (const auto& [name, value] : answer.head.fields) response.insert(name, value);
  response.body() = answer.body;
  return response;
}

}  // namespace parley
