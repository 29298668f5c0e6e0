#include "tools/parley/client/endpoint.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <fstream>

#include "tools/parley/client/trust.hpp"

namespace parley::client {

namespace {

problem wrong_url(std::string_view url, std::string_view what) {
  return {trouble::usage,
          fmt::format("'{}' is no address of a node: {}; write http://HOST:PORT or https://HOST:PORT", url,
                      what)};
}

/// The text in the setting, unless it is unset or empty.
std::optional<std::string> setting(const environment_lookup& environment, const std::string& name) {
  auto value = environment(name);
  return value && !value->empty() ? value : std::nullopt;
}

/// Splits `host[:port]` or `[v6][:port]`; the port stays empty when there is none.
bool split_authority(std::string_view text, std::string_view& host, std::string_view& port) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (port.empty()) return true;
    if (port.front() != ':' || port.size() == 1) return false;
    port.remove_prefix(1);
    return true;
  }
  const auto colon = text.find(':');
  host = text.substr(0, colon);
  if (colon == std::string_view::npos) return true;
  port = text.substr(colon + 1);
  return !port.empty();
}

}  // namespace

std::string endpoint::authority() const {
  const auto shown = host.find(':') == std::string::npos ? host : '[' + host + ']';
  return fmt::format("{}:{}", shown, port);
}

std::string endpoint::url() const { return (is_tls ? "https://" : "http://") + authority(); }

bool endpoint::is_local() const { return host == "localhost" || host == "::1" || host.starts_with("127."); }

outcome<endpoint> parse_endpoint(std::string_view url) {
  auto rest = url;
  bool is_tls = false;
  if (const auto end = url.find("://"); end != std::string_view::npos) {
    const auto scheme = url.substr(0, end);
    is_tls = scheme == "https" || scheme == "wss";
    if (!is_tls && scheme != "http" && scheme != "ws")
      return wrong_url(url, "the scheme must be http or https");
    rest.remove_prefix(end + 3);
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#@ \t\r\n") != std::string_view::npos)
    return wrong_url(url, "there must be nothing but host and port");
  std::string_view host;
  std::string_view port;
  if (!split_authority(rest, host, port))
    return wrong_url(url, "the port is missing or not separated by ':'");
  if (host.empty()) return wrong_url(url, "the host is missing");
  endpoint found{std::string(host), static_cast<std::uint16_t>(is_tls ? 443 : 80), is_tls, {}};
  if (port.empty()) return found;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), found.port);
  if (error != std::errc{} || end != port.data() + port.size() || found.port == 0)
    return wrong_url(url, "the port must be a number from 1 to 65535");
  return found;
}

environment_lookup process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
  };
}

namespace {

outcome<endpoint> find_address(const endpoint_choice& choice, const environment_lookup& environment) {
  if (!choice.url.empty()) return parse_endpoint(choice.url);
  // Whoever names a folder on the command line means that node, whatever the environment says.
  if (choice.data.empty())
    if (const auto url = setting(environment, "PARLEY_URL")) return parse_endpoint(*url);
  auto folder = choice.data;
  if (folder.empty()) folder = setting(environment, "PARLEY_NODE_DATA").value_or("parley-data");
  const auto file = folder / "address";
  std::ifstream in{file};
  std::string line;
  if (!in || !std::getline(in, line))
    return problem{trouble::unreachable,
                   fmt::format("no node found: there is no {0}, where a running node writes its address\n"
                               "start one with tools/run, or say where it is: --url http://HOST:PORT, "
                               "PARLEY_URL, or --data FOLDER",
                               file.string())};
  return parse_endpoint(line);
}

}  // namespace

outcome<endpoint> find_endpoint(const endpoint_choice& choice, const environment_lookup& environment) {
  auto found = find_address(choice, environment);
  if (found.has_error() || !found->is_tls) return found;
  found->ca = choice.ca.empty() ? setting(environment, "PARLEY_CA").value_or("") : choice.ca;
  if (const auto trusted = trust::in(*found); trusted.has_error()) return trusted.error();
  return found;
}

}  // namespace parley::client
