#include "transport/http_api.hpp"

#include <simdjson.h>

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "transport/protocol/json_encoder.hpp"
#include "transport/protocol/json_writer.hpp"
#include "transport/protocol/text_rules.hpp"

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

http_response with_body(http::status status, std::string body, std::string_view type) {
  http_response response{status, 11};
  response.set(http::field::content_type, {type.data(), type.size()});
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.body() = std::move(body);
  return response;
}

std::string user_object(const user_info& user) {
  std::string text;
  json_writer to{text};
  to.raw("{").member("id").id(user.id).member("name").text(user.name).raw("}");
  return text;
}

struct credentials {
  std::string name;
  std::string password;
};

outcome<credentials> credentials_in(const http_request& request) {
  const auto& body = request.body();
  if (!is_utf8(body)) return failure{errc::bad_request, "the body is not UTF-8", {}};
  simdjson::dom::parser parser;
  simdjson::dom::element whole;
  if (parser.parse(body).get(whole) || !whole.is_object())
    return failure{errc::bad_request, "the body must be a JSON object with name and password", {}};
  std::string_view name;
  std::string_view password;
  if (whole.at_key("name").get(name) || whole.at_key("password").get(password))
    return failure{errc::bad_request, "name and password must be strings", {}};
  if (name.find('\0') != std::string_view::npos || password.find('\0') != std::string_view::npos)
    return failure{errc::bad_request, "name and password must not hold U+0000", {}};
  return credentials{std::string(name), std::string(password)};
}

http_response as_response(const page_answer& page) {
  http_response response{page.is_modified ? http::status::ok : http::status::not_modified, 11};
  for (const auto& [name, value] : page.headers) response.set({name.data(), name.size()}, value);
  response.body() = page.bytes;
  return response;
}

/// The body with name and password, or the refusal.
std::optional<credentials> read_credentials(const http_request& request, const std::string& peer,
                                            address_limits& limit, const http_api::responder& respond) {
  if (request.method() != http::verb::post) return respond(method_not_allowed("POST")), std::nullopt;
  if (!is_json(request)) {
    respond(refusal({errc::bad_request, "the body must be application/json", {}},
                    http::status::unsupported_media_type));
    return std::nullopt;
  }
  auto given = credentials_in(request);
  if (given.has_error()) return respond(refusal(given.error())), std::nullopt;
  if (const auto wait = limit.take(peer, std::chrono::steady_clock::now())) {
    respond(refusal({errc::rate_limited, "too many attempts from this address; try again later", wait}));
    return std::nullopt;
  }
  return std::move(given.value());
}

constexpr std::string_view welcome =
    "This is a Parley node.\n\nChat from a terminal:  parley chat --user NAME --url http://THIS-ADDRESS\n"
    "Or speak parley.v1 over a WebSocket at /v1/ws; accounts are made with POST /v1/accounts.\n";

}  // namespace

http_response json_answer(http::status status, std::string body) {
  return with_body(status, std::move(body), "application/json");
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
  auto response = json_answer(status, "{\"error\":" + error_object(problem) + "}");
  if (problem.retry_after)
    response.set(http::field::retry_after, std::to_string((problem.retry_after->count() + 999) / 1'000));
  if (status == http::status::unauthorized) response.set(http::field::www_authenticate, "Bearer");
  return response;
}

http_response refusal(const failure& problem) { return refusal(problem, status_of(problem.code)); }

void http_api::create_account(const http_request& request, const std::string& peer, responder respond) {
  auto given = read_credentials(request, peer, new_accounts_, respond);
  if (!given) return;
  people_.create_account(
      std::move(given->name), std::move(given->password),
      [respond = std::move(respond)](const outcome<user_info>& made) {
        if (made.has_error()) return respond(refusal(made.error()));
        respond(json_answer(http::status::created, "{\"user\":" + user_object(made.value()) + "}"));
      });
}

void http_api::create_token(const http_request& request, const std::string& peer, responder respond) {
  auto given = read_credentials(request, peer, sign_ins_, respond);
  if (!given) return;
  people_.create_token(std::move(given->name), std::move(given->password),
                       [respond = std::move(respond)](const outcome<issued_token>& made) {
                         if (made.has_error()) return respond(refusal(made.error()));
                         respond(json_answer(http::status::created,
                                             "{\"token\":\"" + made.value().token +
                                                 "\",\"user\":" + user_object(made.value().user) + "}"));
                       });
}

void http_api::revoke_token(const http_request& request, responder respond) {
  if (request.method() != http::verb::delete_) return respond(method_not_allowed("DELETE"));
  const auto token = bearer_in(request);
  if (token.empty())
    return respond(refusal({errc::unauthenticated, "the header Authorization: Bearer TOKEN is missing", {}}));
  people_.revoke_token(std::string(token), [respond = std::move(respond)](const outcome<user_info>& gone) {
    if (gone.has_error()) return respond(refusal(gone.error()));
    respond(http_response{http::status::no_content, 11});
  });
}

void http_api::answer(const http_request& request, const std::string& peer, responder respond) {
  const std::string_view target{request.target().data(), request.target().size()};
  const auto path = target.substr(0, target.find('?'));
  const bool reads = request.method() == http::verb::get || request.method() == http::verb::head;
  if (path == "/v1/accounts") return create_account(request, peer, std::move(respond));
  if (path == "/v1/tokens") return create_token(request, peer, std::move(respond));
  if (path == "/v1/tokens/current") return revoke_token(request, std::move(respond));
  if (path == "/v1/ws" && reads) {
    auto response = refusal({errc::bad_request, "this path speaks WebSocket: ask for an upgrade", {}},
                            http::status::upgrade_required);
    response.set(http::field::upgrade, "websocket");
    return respond(std::move(response));
  }
  const auto known = request[http::field::if_none_match];
  if (const auto page = pages_.find(path, {known.data(), known.size()}))
    return respond(reads ? as_response(*page) : method_not_allowed("GET, HEAD"));
  if (path == "/livez" || path == "/readyz" || path == "/" || path == "/v1/ws") {
    if (!reads) return respond(method_not_allowed("GET, HEAD"));
    if (path == "/")
      return respond(with_body(http::status::ok, std::string(welcome), "text/plain; charset=utf-8"));
    if (path == "/livez") return respond(with_body(http::status::ok, "alive\n", "text/plain; charset=utf-8"));
    const auto because = gateway_.not_ready_because();
    if (because.empty()) return respond(with_body(http::status::ok, "ready\n", "text/plain; charset=utf-8"));
    return respond(with_body(http::status::service_unavailable, because + "\n", "text/plain; charset=utf-8"));
  }
  respond(refusal({errc::not_found, "there is nothing at this path", {}}));
}

}  // namespace parley
