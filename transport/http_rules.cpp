#include "transport/http_rules.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <cctype>

namespace parley {

namespace http = boost::beast::http;

namespace {

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

/// One number; the parser also takes a list of equal ones (RFC 9112, section 6.3), others may not.
bool is_length(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_websocket_key(std::string_view key) {
  return key.size() == 24 && key.ends_with("==") &&
         std::ranges::all_of(key.substr(0, 22),
                             [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '/'; });
}

bool has_folded_line(std::string_view head) {
  return head.find("\n ") != std::string_view::npos || head.find("\n\t") != std::string_view::npos;
}

bool leaves_the_root(std::string_view target) {
  const auto path = target.substr(0, target.find('?'));
  std::string lowered{path};
  std::ranges::transform(lowered, lowered.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lowered.find("..") != std::string::npos || lowered.find("%2e") != std::string::npos ||
         lowered.find('\\') != std::string::npos;
}

}  // namespace

std::optional<std::string> wrong_with_head(std::string_view head, unsigned http_version,
                                           std::string_view target, const http::fields& fields) {
  if (has_folded_line(head)) return "a header line must not be folded";
  if (http_version != 11 && http_version != 10) return "only HTTP/1.1 and HTTP/1.0 are spoken here";
  const auto hosts = fields.count(http::field::host);
  if (http_version == 11 ? hosts != 1 : hosts > 1) return "a request has exactly one Host header";
  const auto encodings = fields.count(http::field::transfer_encoding);
  if (encodings > 0) {
    if (http_version == 10) return "Transfer-Encoding does not exist in HTTP/1.0";
    if (encodings > 1 || !boost::beast::iequals(fields[http::field::transfer_encoding], "chunked"))
      return "the only Transfer-Encoding accepted is chunked";
    if (fields.count(http::field::content_length) > 0)
      return "Content-Length and Transfer-Encoding exclude each other";
  }
  const auto lengths = fields.count(http::field::content_length);
  if (lengths > 1 || (lengths == 1 && !is_length(view(fields[http::field::content_length]))))
    return "Content-Length must be one number";
  if (target.empty() || target.front() != '/') return "the target must be a path beginning with /";
  if (leaves_the_root(target)) return "the path must not hold '..'";
  return std::nullopt;
}

bool is_origin_allowed(std::string_view origin, std::string_view host, const origin_rules& rules) {
  if (origin.empty()) return true;
  const auto is_own_by = [&](std::string_view scheme) {
    return origin.starts_with(scheme) &&
           boost::beast::iequals({origin.data() + scheme.size(), origin.size() - scheme.size()},
                                 {host.data(), host.size()});
  };
  if (is_own_by("https://") || (rules.own == own_pages::by_either && is_own_by("http://"))) return true;
  return std::ranges::any_of(rules.allowed, [&](const std::string& each) {
    return each == "*" || boost::beast::iequals(each, {origin.data(), origin.size()});
  });
}

bool is_origin_allowed(const http::fields& fields, const origin_rules& rules) {
  const auto origins = fields.count(http::field::origin);
  if (origins == 0) return true;
  const auto origin = view(fields[http::field::origin]);
  return origins == 1 && !origin.empty() && is_origin_allowed(origin, view(fields[http::field::host]), rules);
}

std::optional<std::string> wrong_with_upgrade(const http::fields& fields) {
  if (fields.count(http::field::sec_websocket_key) != 1 ||
      !is_websocket_key(view(fields[http::field::sec_websocket_key])))
    return "Sec-WebSocket-Key must be given once, 16 bytes in base64";
  if (fields.count(http::field::transfer_encoding) != 0 ||
      (fields.count(http::field::content_length) != 0 && fields[http::field::content_length] != "0"))
    return "a request for a WebSocket has no body";
  return std::nullopt;
}

bool offers_protocol(const http::fields& fields) {
  const auto [first, last] = fields.equal_range(http::field::sec_websocket_protocol);
  if (first == last) return true;
  for (auto field = first; field != last; ++field)
    for (const auto& token : http::token_list{field->value()})
      if (view(token) == "parley.v1") return true;
  return false;
}

}  // namespace parley
