#include "transport/tls_redirect.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace parley {

namespace http = boost::beast::http;

namespace {

/// Whether the text can be host and port, and nothing else.
bool is_authority(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
  });
}

}  // namespace

std::optional<std::string> address_over_tls(const http::request<http::string_body>& request) {
  if (request.method() != http::verb::get && request.method() != http::verb::head) return std::nullopt;
  const auto host = request[http::field::host];
  if (!is_authority({host.data(), host.size()})) return std::nullopt;
  return "https://" + std::string{host} + std::string{request.target()};
}

http::response<http::string_body> redirect_to(const std::string& address) {
  http::response<http::string_body> response{http::status::permanent_redirect, 11};
  response.set(http::field::location, address);
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  response.set("X-Content-Type-Options", "nosniff");
  response.body() = "This port speaks TLS: " + address + "\n";
  return response;
}

}  // namespace parley
