#include "config/text_checks.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "config/redaction.hpp"

namespace parley {
namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view digits = "0123456789";

bool holds_only(std::string_view text, std::string_view allowed, std::string_view also = {}) {
  return std::all_of(text.begin(), text.end(), [&](char letter) {
    return allowed.find(letter) != std::string_view::npos || also.find(letter) != std::string_view::npos ||
           digits.find(letter) != std::string_view::npos;
  });
}

bool holds_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F; });
}

bool is_ip_address(std::string_view text) {
  const std::string copy(text);
  in_addr four{};
  in6_addr six{};
  return ::inet_pton(AF_INET, copy.c_str(), &four) == 1 || ::inet_pton(AF_INET6, copy.c_str(), &six) == 1;
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253 || !holds_only(text, letters, "-.")) return false;
  // Digits and dots alone would be an IP address with a slip.
  if (holds_only(text, ".")) return false;
  return text.front() != '-' && text.front() != '.' && text.find("..") == std::string_view::npos;
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || !holds_only(text, "")) return false;
  const int number = std::stoi(std::string(text));
  return number >= 1 && number <= 65535;
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
bool is_authority(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || !is_ip_address(text.substr(1, end - 1))) return false;
    const auto rest = text.substr(end + 1);
    return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
  }
  const auto colon = text.find(':');
  const auto host = text.substr(0, colon);
  if (!is_host_name(host) && !is_ip_address(host)) return false;
  return colon == std::string_view::npos || is_port(text.substr(colon + 1));
}

/// What stands before the first `mark`; the text goes on behind it.
std::string_view take_until(std::string_view& text, char mark) {
  const auto part = text.substr(0, text.find(mark));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

/// Ports as libpq reads them, one for each host; an empty one is the usual one. What is percent-encoded is
/// left to libpq.
bool are_ports(std::string_view list) {
  while (!list.empty()) {
    const auto port = take_until(list, ',');
    if (!port.empty() && port.find('%') == std::string_view::npos && !is_port(port)) return false;
  }
  return true;
}

/// Of `host:port,[v6]:port`, as it stands in a connection URI behind the user.
bool have_good_ports(std::string_view hosts) {
  while (!hosts.empty()) {
    auto host = take_until(hosts, ',');
    if (host.starts_with('[')) {
      if (host.find(']') == std::string_view::npos) return false;
      take_until(host, ']');
      if (!host.empty() && host.front() != ':') return false;
    }
    take_until(host, ':');
    if (!are_ports(host)) return false;
  }
  return true;
}

bool has_good_ports(const std::vector<connection_pair>& pairs, std::string_view text) {
  return std::all_of(pairs.begin(), pairs.end(), [&](const connection_pair& pair) {
    auto value = text.substr(pair.begin, pair.end - pair.begin);
    if (value.starts_with('\'')) value = value.substr(1, value.size() - 2);
    return pair.name != "port" || are_ports(value);
  });
}

// What stands there is not shown: without the @ behind it, a password looks like a port.
constexpr const char* wrong_port =
    "a port in it is no number from 1 to 65535; write postgresql://user@host:port/database, an IPv6 address "
    "as [::1], or port=5432";

/// What is wrong with the part of a connection URI behind the scheme, if anything.
std::optional<std::string> check_connection_uri(std::string_view rest) {
  const auto authority = rest.substr(0, rest.find_first_of("/?"));
  const bool stray = std::count(authority.begin(), authority.end(), '@') > 1 ||
                     rest.substr(authority.size()).find('@') != std::string_view::npos;
  if (stray) return "holds a stray @; write @, : / ? and # within names and passwords as %40 %3A %2F %3F %23";
  if (const auto at = authority.find('@');
      !have_good_ports(authority.substr(at == std::string_view::npos ? 0 : at + 1)))
    return wrong_port;
  take_until(rest, '?');
  if (!rest.empty() && rest.find('=') == std::string_view::npos)
    return "the part after ? wants name=value pairs, joined by &";
  while (!rest.empty()) {
    auto value = take_until(rest, '&');
    if (take_until(value, '=') == "port" && !are_ports(value)) return wrong_port;
  }
  return std::nullopt;
}

std::string quoted(std::string_view text) { return "\"" + printable(text) + "\""; }

}  // namespace

std::optional<std::string> check_node_name(std::string_view text) {
  // PostgreSQL cuts the names of connections after 63 bytes, and the node's incarnation must fit in, too.
  if (!text.empty() && text.size() <= 20 && holds_only(text, letters, ".-_")) return std::nullopt;
  return fmt::format("{} is no name; use 1 to 20 letters, digits, dots, hyphens or underscores",
                     quoted(text));
}

std::optional<std::string> check_folder(std::string_view text) {
  if (text.empty()) return "is empty; give the path of a folder, as in parley-data";
  return check_file(text);
}

std::optional<std::string> check_file(std::string_view text) {
  if (holds_control(text))
    return fmt::format("{} holds a control character; give a plain path", quoted(text));
  if (text.size() > 1024) return "longer than 1024 bytes; give a shorter path";
  return std::nullopt;
}

std::optional<std::string> check_ip_address(std::string_view text) {
  if (is_ip_address(text)) return std::nullopt;
  return fmt::format("{} is no IP address; give one such as 127.0.0.1, 0.0.0.0 or ::1", quoted(text));
}

std::optional<std::string> check_host_or_nothing(std::string_view text) {
  if (text.empty() || is_ip_address(text) || is_host_name(text)) return std::nullopt;
  return fmt::format(
      "{} is neither an IP address nor a host name; give one such as 10.0.0.7 or node-1.local, "
      "without scheme or port",
      quoted(text));
}

std::optional<std::string> check_origin(std::string_view text) {
  if (text == "*") return std::nullopt;
  const auto end = text.find("://");
  const bool has_scheme = end != std::string_view::npos && end > 0 &&
                          letters.find(text.front()) != std::string_view::npos &&
                          holds_only(text.substr(0, end), letters, "+-.");
  if (has_scheme && is_authority(text.substr(end + 3))) return std::nullopt;
  return fmt::format(
      "{} is no origin; write scheme://host or scheme://host:port without a path, as in "
      "https://chat.example.org",
      quoted(text));
}

std::optional<std::string> check_connection(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (holds_control(text)) return "holds a control character; write the connection string on one line";
  if (text.find(redaction) != std::string_view::npos && redacted_connection(text) == text)
    return fmt::format("the password is {}, which stands for a hidden one; put the real one in", redaction);
  if (text.starts_with("postgresql://") || text.starts_with("postgres://"))
    return check_connection_uri(text.substr(text.find("://") + 3));
  if (text.find("://") < text.find('='))
    return "not the scheme of PostgreSQL; write postgresql://user@host:port/database";
  const auto pairs = split_connection_pairs(text);
  if (!pairs)
    return "neither postgresql://user@host:port/database nor key=value pairs such as host=db dbname=parley";
  if (!has_good_ports(*pairs, text)) return wrong_port;
  return std::nullopt;
}

std::optional<std::string> check_token(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const bool visible =
      std::all_of(text.begin(), text.end(), [](char letter) { return letter > 0x20 && letter < 0x7F; });
  if (visible && text.size() >= 16 && text.size() <= 256) return std::nullopt;
  return fmt::format(
      "not a token ({} bytes, not shown); use 16 to 256 visible ASCII characters without spaces",
      text.size());
}

bool is_loopback(std::string_view host) {
  const std::string copy(host);
  in_addr four{};
  if (::inet_pton(AF_INET, copy.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24U) == 127;
  in6_addr six{};
  if (::inet_pton(AF_INET6, copy.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six) != 0;
  return host == "localhost";
}

}  // namespace parley
