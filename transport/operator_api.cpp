#include "transport/operator_api.hpp"

#include <simdjson.h>

#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "transport/operator_cluster.hpp"
#include "transport/operator_traces.hpp"
#include "transport/protocol/json_writer.hpp"
#include "transport/protocol/text_rules.hpp"
#include "transport/query_text.hpp"

namespace parley {

namespace http = boost::beast::http;

namespace {

constexpr std::string_view accounts_path = "/v1/operator/accounts";
constexpr std::string_view restored_path = "/v1/operator/restored";
constexpr std::size_t page_default = 100;
constexpr std::size_t page_most = 1'000;

void write(json_writer& to, const account_record& account) {
  to.raw("{").member("id").id(account.user.id).member("name").text(account.user.name);
  to.member("disabled").boolean(account.disabled).member("created_at").time(account.created_at);
  if (account.last_seen) to.member("last_seen").time(*account.last_seen);
  to.member("tokens").number(static_cast<std::int64_t>(account.tokens)).raw("}");
}

std::string body_of(const accounts_page& page) {
  std::string body;
  json_writer to{body};
  to.raw("{").member("accounts").raw("[");
  for (const auto& each : page.accounts) write(to.separate(), each);
  to.raw("]");
  if (page.next) to.member("next").text(*page.next);
  to.raw("}");
  return body;
}

std::string body_of(const account_record& account) {
  std::string body;
  json_writer to{body};
  to.raw("{").member("account");
  write(to, account);
  to.raw("}");
  return body;
}

/// A name of the log's history, which is a text of no type of its own.
std::string body_of(const std::string& epoch) {
  std::string body;
  json_writer{body}.raw("{").member("epoch").text(epoch).raw("}");
  return body;
}

template <class T>
operator_desk::callback<T> answering(const http_responder& respond) {
  return [respond](const outcome<T>& result) {
    respond(result.has_error() ? refusal(result.error())
                               : json_answer(http::status::ok, body_of(result.value())));
  };
}

/// What a call asks for.
struct list_query {
  std::optional<std::string> prefix;
  std::optional<std::string> after;
  std::optional<std::size_t> limit;
};

std::optional<std::size_t> limit_in(std::string_view text) {
  std::size_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || stopped != end || value < 1 || value > page_most) return std::nullopt;
  return value;
}

outcome<list_query> query_in(std::string_view query) {
  list_query wanted;
  for (const auto& [name, text] : {std::pair{"prefix", &wanted.prefix}, std::pair{"after", &wanted.after}})
    if (const auto given = parameter_in(query, name); given && !(*text = decoded(*given)))
      return failure{
          errc::bad_request, "'" + std::string(name) + "' must be text, percent-encoded UTF-8", {}};
  if (const auto given = parameter_in(query, "limit"); given && !(wanted.limit = limit_in(*given)))
    return failure{errc::bad_request, "'limit' must be a whole number from 1 to 1000", {}};
  return wanted;
}

/// Name and, where it is wanted, password of a call that changes an account.
struct change_body {
  std::string name;
  std::string password;
};

outcome<change_body> change_in(const http_request& request, bool with_password) {
  const failure wrong{errc::bad_request,
                      with_password ? "the body must be a JSON object with the texts 'name' and 'password'"
                                    : "the body must be a JSON object with the text 'name'",
                      {}};
  simdjson::dom::parser parser;
  simdjson::dom::element whole;
  if (!is_utf8(request.body()) || parser.parse(request.body()).get(whole) || !whole.is_object()) return wrong;
  std::string_view name;
  std::string_view password;
  if (whole.at_key("name").get(name) || name.find('\0') != std::string_view::npos) return wrong;
  if (with_password &&
      (whole.at_key("password").get(password) || password.find('\0') != std::string_view::npos))
    return wrong;
  return change_body{std::string(name), std::string(password)};
}

}  // namespace

std::optional<http_response> operator_api::refuse_others(const http_request& request,
                                                         const std::string& peer) {
  if (desk_ == nullptr) return refusal({errc::not_found, "there is nothing at this path", {}});
  const auto token = bearer_in(request);
  if (token.empty())
    return refusal({errc::unauthenticated,
                    "the header Authorization: Bearer TOKEN with the operator's token is missing",
                    {}});
  if (desk_->is_operator(token)) return std::nullopt;
  if (const auto wait = wrong_tokens_.take(peer, std::chrono::steady_clock::now()))
    return refusal({errc::rate_limited, "too many wrong tokens from this address", wait});
  return refusal({errc::unauthenticated, "this is not the operator's token", {}});
}

void operator_api::answer(const http_request& request, const std::string& peer,
                          const http_responder& respond) {
  if (auto refused = refuse_others(request, peer)) return respond(std::move(*refused));
  const std::string_view target{request.target().data(), request.target().size()};
  const auto question = std::min(target.find('?'), target.size());
  const auto path = target.substr(0, question);
  const auto query = target.substr(std::min(question + 1, target.size()));
  if (path == accounts_path) return list(request, query, respond);
  if (path == restored_path) return begin_epoch(request, respond);
  const auto what = path.starts_with(accounts_path) ? path.substr(accounts_path.size()) : std::string_view{};
  if (what == "/disable" || what == "/enable" || what == "/reset-password")
    return change(request, what, respond);
  if (answer_about_cluster(*desk_, request, path, query, respond)) return;
  if (answer_about_topology(topology_, *desk_, request, path, query, respond)) return;
  if (answer_about_traces(topology_, *desk_, request, path, query, respond)) return;
  respond(refusal({errc::not_found, "there is nothing at this path", {}}));
}

void operator_api::list(const http_request& request, std::string_view query, const http_responder& respond) {
  if (request.method() != http::verb::get) return respond(method_not_allowed("GET"));
  auto wanted = query_in(query);
  if (wanted.has_error()) return respond(refusal(wanted.error()));
  auto& value = wanted.value();
  desk_->list_accounts(value.prefix.value_or(""), value.after.value_or(""),
                       value.limit.value_or(page_default), answering<accounts_page>(respond));
}

void operator_api::change(const http_request& request, std::string_view what, const http_responder& respond) {
  if (request.method() != http::verb::post) return respond(method_not_allowed("POST"));
  if (!is_json(request))
    return respond(refusal({errc::bad_request, "the body must be application/json", {}},
                           http::status::unsupported_media_type));
  const bool resets = what == "/reset-password";
  auto given = change_in(request, resets);
  if (given.has_error()) return respond(refusal(given.error()));
  auto& [name, password] = given.value();
  auto done = answering<account_record>(respond);
  if (resets) return desk_->reset_password(std::move(name), std::move(password), std::move(done));
  const auto use = what == "/disable" ? account_use::disabled : account_use::enabled;
  desk_->set_use(std::move(name), use, std::move(done));
}

void operator_api::begin_epoch(const http_request& request, const http_responder& respond) {
  if (request.method() != http::verb::post) return respond(method_not_allowed("POST"));
  // Whoever sends one expects something of it that will not happen.
  if (!request.body().empty())
    return respond(refusal({errc::bad_request, "this call takes no body: nothing was done", {}}));
  desk_->begin_epoch(answering<std::string>(respond));
}

}  // namespace parley
