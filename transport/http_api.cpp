#include "transport/http_api.hpp"

#include <simdjson.h>

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "transport/protocol/json_encoder.hpp"
#include "transport/protocol/json_writer.hpp"
#include "transport/protocol/text_rules.hpp"

namespace parley {

namespace http = boost::beast::http;

namespace {

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
std::optional<credentials> read_credentials(const http_request& request, const http_api::responder& respond) {
  if (request.method() != http::verb::post) return respond(method_not_allowed("POST")), std::nullopt;
  if (!is_json(request)) {
    respond(refusal({errc::bad_request, "the body must be application/json", {}},
                    http::status::unsupported_media_type));
    return std::nullopt;
  }
  auto given = credentials_in(request);
  if (given.has_error()) return respond(refusal(given.error())), std::nullopt;
  return std::move(given.value());
}

failure too_many_attempts(const sign_in_limits::wait& until) {
  return {errc::rate_limited,
          until.of == sign_in_limits::wait::limit::of_address
              ? "too many attempts from this address; try again later"
              : "too many wrong passwords for this name; try again later",
          until.retry_after};
}

sign_in_limits::verdict verdict_of(const outcome<issued_token>& made) {
  if (!made.has_error()) return sign_in_limits::verdict::right;
  return made.error().code == errc::unauthenticated ? sign_in_limits::verdict::wrong
                                                    : sign_in_limits::verdict::none;
}

/// Whether a call was made on the node's own machine, and not passed on for somebody else by a proxy on it.
bool is_from_this_machine(const http_request& request, const std::string& peer) {
  const bool is_loopback = peer.starts_with("127.") || peer.starts_with("::ffff:127.") || peer == "::1";
  return is_loopback && request.count(http::field::forwarded) == 0 && request.count("X-Forwarded-For") == 0 &&
         request.count("X-Real-IP") == 0 && request.count(http::field::via) == 0;
}

void count_sign_in(const std::string& peer, const failure& refused) {
  counters.sign_ins.add(refused.code);
  log(severity::info, "sign_in_refused", refused.message,
      {{"code", std::string(to_text(refused.code))}, {"address", peer}});
}

constexpr std::string_view welcome =
    "This is a Parley node.\n\nChat from a terminal:  parley chat --user NAME --url http://THIS-ADDRESS\n"
    "Or speak parley.v1 over a WebSocket at /v1/ws; accounts are made with POST /v1/accounts.\n";

}  // namespace

void http_api::create_account(const http_request& request, const std::string& peer, responder respond) {
  auto given = read_credentials(request, respond);
  if (!given) return;
  if (const auto wait = new_accounts_.take(peer, std::chrono::steady_clock::now())) {
    counters.accounts.add(errc::rate_limited);
    return respond(
        refusal({errc::rate_limited, "too many attempts from this address; try again later", wait}));
  }
  people_.create_account(
      std::move(given->name), std::move(given->password),
      [respond = std::move(respond)](const outcome<user_info>& made) {
        counters.accounts.add(made);
        if (made.has_error()) return respond(refusal(made.error()));
        respond(json_answer(http::status::created, "{\"user\":" + user_object(made.value()) + "}"));
      });
}

void http_api::create_token(const http_request& request, const std::string& peer, responder respond) {
  auto given = read_credentials(request, respond);
  if (!given) return;
  const auto begun = sign_ins_->begin(given->name, peer, std::chrono::steady_clock::now());
  if (const auto* wait = std::get_if<sign_in_limits::wait>(&begun)) {
    const auto refused = too_many_attempts(*wait);
    count_sign_in(peer, refused);
    return respond(refusal(refused));
  }
  people_.create_token(std::move(given->name), std::move(given->password),
                       // The pool may outlive this object.
                       [limits = sign_ins_, attempt = std::get<sign_in_limits::attempt>(begun),
                        respond = std::move(respond), peer](const outcome<issued_token>& made) {
                         limits->end(attempt, verdict_of(made));
                         if (made.has_error()) {
                           count_sign_in(peer, made.error());
                           return respond(refusal(made.error()));
                         }
                         counters.sign_ins.add_ok();
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

void http_api::show_metrics(const http_request& request, const std::string& peer, const responder& respond) {
  if (request.method() != http::verb::get && request.method() != http::verb::head)
    return respond(method_not_allowed("GET, HEAD"));
  if (!is_from_this_machine(request, peer))
    if (auto refused = operator_.refuse_others(request, peer)) return respond(std::move(*refused));
  respond(text_answer(http::status::ok, metrics_(), "text/plain; version=0.0.4; charset=utf-8"));
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
  if (path == "/metrics" && metrics_) return show_metrics(request, peer, respond);
  if (operator_api::serves(path)) return operator_.answer(request, peer, respond);
  const auto known = request[http::field::if_none_match];
  if (const auto page = pages_.find(path, {known.data(), known.size()}))
    return respond(reads ? as_response(*page) : method_not_allowed("GET, HEAD"));
  if (path == "/livez" || path == "/readyz" || path == "/" || path == "/v1/ws") {
    if (!reads) return respond(method_not_allowed("GET, HEAD"));
    if (path == "/")
      return respond(text_answer(http::status::ok, std::string(welcome), "text/plain; charset=utf-8"));
    if (path == "/livez")
      return respond(text_answer(http::status::ok, "alive\n", "text/plain; charset=utf-8"));
    const auto because = gateway_.not_ready_because();
    if (because.empty())
      return respond(text_answer(http::status::ok, "ready\n", "text/plain; charset=utf-8"));
    return respond(
        text_answer(http::status::service_unavailable, because + "\n", "text/plain; charset=utf-8"));
  }
  respond(refusal({errc::not_found, "there is nothing at this path", {}}));
}

}  // namespace parley
