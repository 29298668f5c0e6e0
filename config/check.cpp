#include "config/check.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace parley {

namespace {

bool is_address(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

bool is_loopback(const std::string& text) { return text.starts_with("127.") || text == "::1"; }

bool is_origin(std::string_view text) {
  if (text == "*") return true;
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos ||
      (text.substr(0, scheme) != "http" && text.substr(0, scheme) != "https"))
    return false;
  const auto host = text.substr(scheme + 3);
  return !host.empty() && host.find_first_of("/ ?#@") == std::string_view::npos;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 40 && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace

std::vector<std::pair<std::string_view, std::string>> check_together(const settings& values) {
  std::vector<std::pair<std::string_view, std::string>> wrong;
  if (!is_name(values.node.name))
    wrong.emplace_back("node.name", "is not a name; right is 1 to 40 letters, digits, '-', '_' or '.'");
  if (values.node.data.empty()) wrong.emplace_back("node.data", "is empty; right is a folder");
  if (!is_address(values.listen.address))
    wrong.emplace_back("listen.address", "is not an IP address; right is 127.0.0.1, 0.0.0.0 or ::");
  for (const auto& origin : values.listen.origins)
    if (!is_origin(origin))
      wrong.emplace_back(
          "listen.origins",
          "'" + origin.substr(0, 80) + "' is not an origin; right is https://chat.example.org or \"*\"");
  if (values.listen.tls.certificate.empty() != values.listen.tls.key.empty())
    wrong.emplace_back("listen.tls.certificate", "certificate and key belong together; give both or neither");
  else if (!values.listen.tls.certificate.empty())
    wrong.emplace_back(
        "listen.tls.certificate",
        "this version does not speak TLS itself; put a proxy that does in front and leave it empty");
  const auto& url = values.storage.url;
  const bool looks_right = url.empty() || url.starts_with("postgresql://") ||
                           url.starts_with("postgres://") || url.find('=') != std::string::npos;
  if (!looks_right)
    wrong.emplace_back("storage.url",
                       "is not a PostgreSQL connection string; right is postgresql://user@host/database");
  if (!values.cluster.address.empty()) {
    if (!is_address(values.cluster.address))
      wrong.emplace_back("cluster.address",
                         "is not an IP address; right is the address that other nodes reach");
    else if (!is_loopback(values.cluster.address) && values.cluster.tls.certificate.empty())
      wrong.emplace_back("cluster.address",
                         "other nodes are spoken to in plain text only on loopback; give "
                         "cluster.tls.certificate, key and ca");
    else
      wrong.emplace_back("cluster.address", "this version runs as a node alone; leave it empty");
  }
  return wrong;
}

}  // namespace parley
