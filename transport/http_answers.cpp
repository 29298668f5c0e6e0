#include "transport/http_answers.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <utility>

#include "actors/contract/values/error_id.hpp"
#include "transport/protocol/json_encoder.hpp"

namespace parley {

namespace http = boost::beast::http;

namespace {

http::status status_of(errc code) {
  switch (code) {
    case errc::bad_request:
    case errc::unsupported:
      return http::status::bad_request;
    case errc::unauthenticated:
      return http::status::unauthorized;
    case errc::forbidden:
      return http::status::forbidden;
    case errc::not_found:
      return http::status::not_found;
    case errc::conflict:
      return http::status::conflict;
    case errc::too_large:
      return http::status::payload_too_large;
    case errc::rate_limited:
      return http::status::too_many_requests;
    case errc::overloaded:
    case errc::unavailable:
      return http::status::service_unavailable;
    case errc::internal:
      return http::status::internal_server_error;
  }
  return http::status::internal_server_error;
}

}  // namespace

http_response text_answer(http::status status, std::string body, std::string_view type) {
  http_response response{status, 11};
  response.set(http::field::content_type, {type.data(), type.size()});
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.body() = std::move(body);
  return response;
}

http_response json_answer(http::status status, std::string body) {
  return text_answer(status, std::move(body), "application/json");
}

http_response method_not_allowed(std::string_view allowed) {
  auto response = refusal({errc::bad_request, "this path takes " + std::string(allowed), {}},
                          http::status::method_not_allowed);
  response.set(http::field::allow, {allowed.data(), allowed.size()});
  return response;
}

std::string_view bearer_in(const http_request& request) {
  const auto field = request[http::field::authorization];
  const std::string_view value{field.data(), field.size()};
  constexpr std::string_view scheme = "Bearer ";
  return value.size() > scheme.size() && boost::beast::iequals({value.data(), scheme.size()}, "Bearer ")
             ? value.substr(scheme.size())
             : std::string_view{};
}

bool is_json(const http_request& request) {
  const auto type = request[http::field::content_type];
  const std::string_view text{type.data(), type.size()};
  return boost::beast::iequals({text.data(), std::min(text.find(';'), text.size())}, "application/json");
}

http_response refusal(const failure& problem, http::status status) {
  auto response = json_answer(status, "{\"error\":" + error_object(with_error_id(problem, {})) + "}");
  if (problem.retry_after)
    response.set(http::field::retry_after, std::to_string((problem.retry_after->count() + 999) / 1'000));
  if (status == http::status::unauthorized) response.set(http::field::www_authenticate, "Bearer");
  return response;
}

http_response refusal(const failure& problem) { return refusal(problem, status_of(problem.code)); }

}  // namespace parley
