#include "transport/polling/polling_api.hpp"

#include <simdjson.h>

#include <charconv>
#include <cstdint>

#include "transport/http_rules.hpp"
#include "transport/polling/forwarded_http.hpp"
#include "transport/protocol/text_rules.hpp"

namespace parley {

namespace http = boost::beast::http;

namespace {

constexpr std::string_view root = "/v1/sessions";
constexpr std::uint64_t wait_seconds_max = 60;
/// What a call may take to another node and back, beyond its time there.
constexpr std::chrono::milliseconds way{3'000};
constexpr std::uint16_t go_on = 100;

failure no_such_session() { return {errc::not_found, "no such session", {}}; }
failure no_token() {
  return {errc::unauthenticated, "the header Authorization: Bearer TOKEN is missing", {}};
}

/// What another node answered, or why it did not. A node that is gone has left no session.
http_response as_http(const outcome<forwarded_answer>& answer) {
  if (answer.has_value()) return as_http(answer.value());
  return refusal(answer.error().code == errc::not_found ? no_such_session() : answer.error());
}

/// What stands behind /v1/sessions: nothing, {session} or {session}/{call}.
struct address {
  std::string_view session;
  std::string_view call;
  std::string_view query;
};

std::string_view target_of(const http_request& request) {
  return {request.target().data(), request.target().size()};
}

address address_in(std::string_view target) {
  address found;
  const auto question = target.find('?');
  if (question != std::string_view::npos) found.query = target.substr(question + 1);
  auto path = target.substr(0, question);
  path.remove_prefix(std::min(root.size() + 1, path.size()));
  const auto slash = path.find('/');
  found.session = path.substr(0, slash);
  if (slash != std::string_view::npos) found.call = path.substr(slash + 1);
  return found;
}

/// A whole number in a query; `otherwise` when it is not there, nothing when it is no such number.
std::optional<std::uint64_t> number_in(std::string_view query, std::string_view name, std::uint64_t otherwise,
                                       std::uint64_t most) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto part = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = part.find('=');
    if (part.substr(0, equals) != name) continue;
    const auto digits = equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
    std::uint64_t value = 0;
    const auto [stopped, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (problem != std::errc{} || stopped != digits.data() + digits.size() || value > most)
      return std::nullopt;
    return value;
  }
  return otherwise;
}

polling_answer responding(http::status status, const http_api::responder& respond) {
  return [status, respond](outcome<std::string> body) {
    respond(body.has_error() ? refusal(body.error()) : json_answer(status, std::move(body.value())));
  };
}

/// The device in the body of the call that makes a session; the body may be left out.
outcome<std::optional<std::string>> device_in(const http_request& request) {
  if (request.body().empty()) return std::optional<std::string>{};
  const failure wrong{
      errc::bad_request, "the body may be left out, or is an object with a text 'device'", {}};
  simdjson::dom::parser parser;
  simdjson::dom::element whole;
  if (!is_utf8(request.body()) || parser.parse(request.body()).get(whole) || !whole.is_object()) return wrong;
  const auto device = whole.at_key("device");
  if (device.error() == simdjson::NO_SUCH_FIELD) return std::optional<std::string>{};
  std::string_view text;
  if (device.get(text) || text.find('\0') != std::string_view::npos) return wrong;
  return std::optional<std::string>{text};
}

void allow_page(http_response& response, boost::beast::string_view origin) {
  if (origin.empty()) return;
  response.set(http::field::access_control_allow_origin, origin);
  response.set(http::field::vary, "Origin");
}

/// What a browser asks before a page of another origin may call (Fetch, section 3.2.2).
http_response preflight_answer() {
  http_response response{http::status::no_content, 11};
  response.set(http::field::access_control_allow_methods, "GET, POST, DELETE");
  response.set(http::field::access_control_allow_headers, "Authorization, Content-Type");
  response.set(http::field::access_control_max_age, "600");
  return response;
}

}  // namespace

bool polling_api::serves(std::string_view target) {
  return target.starts_with(root) &&
         (target.size() == root.size() || target[root.size()] == '/' || target[root.size()] == '?');
}

std::optional<std::size_t> polling_api::body_bytes_max(std::string_view head) const {
  const auto line = head.substr(0, head.find("\r\n"));
  constexpr std::string_view begins = "POST /v1/sessions/";
  if (!line.starts_with(begins)) return std::nullopt;
  const auto target = line.substr(5, line.find(' ', 5) - 5);
  if (address_in(target).call != "ops") return std::nullopt;
  return rules_.frame_bytes;
}

bool polling_api::is_allowed(const http_request& request) const {
  return is_origin_allowed(request, origins_);
}

std::optional<http_response> polling_api::refuse_before_body(const http_request& head) {
  const auto target = target_of(head);
  if (!serves(target)) return std::nullopt;
  if (!is_allowed(head))
    return refusal({errc::forbidden,
                    "pages of this origin may not connect; the operator allows them with listen.origins",
                    {}});
  const auto where = address_in(target);
  if (where.call != "ops" || head.method() != http::verb::post) return std::nullopt;
  const auto token = bearer_in(head);
  std::optional<http_response> refused;
  if (token.empty())
    refused = refusal(no_token());
  else if (!sessions_.find(where.session, token) && !other_node_with(where.session))
    refused = refusal(no_such_session());
  if (refused) allow_page(*refused, head[http::field::origin]);
  return refused;
}

void polling_api::answer(const http_request& request, const std::string& peer,
                         const http_api::responder& answered) {
  const auto given = request[http::field::origin];
  const http_api::responder respond =
      [answered, origin = std::string(given.data(), given.size())](http_response response) {
        allow_page(response, origin);
        answered(std::move(response));
      };
  if (request.method() == http::verb::options) return respond(preflight_answer());
  const auto target = target_of(request);
  if (target.substr(0, target.find('?')) == root) return create(request, peer, respond);
  answer_call(request, sessions_of::all_nodes, respond);
}

void polling_api::answer_call(const http_request& request, sessions_of whom,
                              const http_api::responder& respond) {
  const auto where = address_in(target_of(request));
  const auto verb = where.call == "ops"      ? http::verb::post
                    : where.call == "events" ? http::verb::get
                    : where.call.empty()     ? http::verb::delete_
                                             : http::verb::unknown;
  if (verb == http::verb::unknown)
    return respond(refusal({errc::not_found, "there is nothing at this path", {}}));
  if (request.method() != verb) {
    const auto name = http::to_string(verb);
    return respond(method_not_allowed({name.data(), name.size()}));
  }
  const auto token = bearer_in(request);
  if (token.empty()) return respond(refusal(no_token()));
  const auto session = sessions_.find(where.session, token);
  if (!session && whom == sessions_of::all_nodes)
    if (const auto node = other_node_with(where.session)) return forward(*node, request, respond);
  if (!session) return respond(refusal(no_such_session()));
  if (verb == http::verb::post) return ask(request, *session, respond);
  if (verb == http::verb::get) return give_events(request, *session, respond);
  session->end();
  respond(http_response{http::status::no_content, 11});
}

std::optional<incarnation_id> polling_api::other_node_with(std::string_view session) const {
  if (!forwarding_) return std::nullopt;
  return forwarding_->marked(session.substr(0, call_forwarding::mark_size));
}

std::chrono::milliseconds polling_api::time_for(const http_request& request) const {
  if (request.method() == http::verb::post)
    return rules_.request_timeout + polling_session::answer_grace + way;
  if (request.method() != http::verb::get) return way;
  const auto query = address_in(target_of(request)).query;
  return std::chrono::seconds{number_in(query, "wait", 0, wait_seconds_max).value_or(0)} + way;
}

void polling_api::forward(incarnation_id node, const http_request& request,
                          const http_api::responder& respond) {
  forwarding_->forward(node, as_forwarded(request), time_for(request),
                       [respond](const outcome<forwarded_answer>& answer) { respond(as_http(answer)); });
}

bool polling_api::is_decided_elsewhere(const http_request& head, const decision& decided) {
  const auto target = target_of(head);
  if (!serves(target) || head.method() != http::verb::post) return false;
  const auto where = address_in(target);
  const auto node = where.call == "ops" ? other_node_with(where.session) : std::nullopt;
  if (!node) return false;
  auto call = as_forwarded(head);
  call.head.is_alone = true;
  const auto origin = head[http::field::origin];
  forwarding_->forward(
      *node, std::move(call), way,
      [decided, origin = std::string(origin.data(), origin.size())](const outcome<forwarded_answer>& answer) {
        if (answer.has_value() && answer.value().head.status == go_on) return decided({});
        auto refused = as_http(answer);
        allow_page(refused, origin);
        decided(std::move(refused));
      });
  return true;
}

void polling_api::answer_for_peer(forwarded_call call, const std::function<void(forwarded_answer)>& respond) {
  const bool is_alone = call.head.is_alone;
  const auto request = as_request(std::move(call));
  const auto answered = [respond](const http_response& response) { respond(as_forwarded(response)); };
  if (!serves(target_of(request)))
    return answered(refusal({errc::not_found, "there is nothing at this path", {}}));
  if (!is_alone) return answer_call(request, sessions_of::this_node, answered);
  const bool is_good = sessions_.find(address_in(target_of(request)).session, bearer_in(request)) != nullptr;
  if (is_good) return respond({{go_on, {}}, {}});
  answered(refusal(no_such_session()));
}

void polling_api::shut_down() {
  sessions_.shut_down();
  if (!forwarding_) return;
  forwarding_->serve({});
  forwarding_->give_up();
}

void polling_api::create(const http_request& request, const std::string& peer,
                         const http_api::responder& respond) {
  if (request.method() != http::verb::post) return respond(method_not_allowed("POST"));
  const auto token = bearer_in(request);
  if (token.empty()) return respond(refusal(no_token()));
  auto device = device_in(request);
  if (device.has_error()) return respond(refusal(device.error()));
  sessions_.create(std::string(token), std::move(device.value()), peer,
                   responding(http::status::created, respond));
}

void polling_api::ask(const http_request& request, polling_session& session,
                      const http_api::responder& respond) const {
  if (!is_json(request))
    return respond(refusal({errc::bad_request, "the body must be application/json", {}},
                           http::status::unsupported_media_type));
  auto ops = read_ops(request.body(), rules_);
  if (ops.has_error()) return respond(refusal(ops.error()));
  session.ask(std::move(ops.value()), responding(http::status::ok, respond));
}

void polling_api::give_events(const http_request& request, polling_session& session,
                              const http_api::responder& respond) {
  const auto query = address_in(target_of(request)).query;
  const auto wait = number_in(query, "wait", 0, wait_seconds_max);
  const auto after = number_in(query, "after", 0, UINT64_MAX);
  if (!wait)
    return respond(refusal({errc::bad_request, "'wait' must be a whole number of seconds from 0 to 60", {}}));
  if (!after) return respond(refusal({errc::bad_request, "'after' must be a whole number from 0", {}}));
  session.events(*after, std::chrono::seconds{*wait}, responding(http::status::ok, respond));
}

}  // namespace parley
