#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace parley {

// Each says what is wrong with a text and what would be right, or nothing when it is good. The checks of
// secrets (`check_token`, `check_connection`) never repeat any of the text.

std::optional<std::string> check_node_name(std::string_view text);
std::optional<std::string> check_folder(std::string_view text);
std::optional<std::string> check_file(std::string_view text);
std::optional<std::string> check_ip_address(std::string_view text);
std::optional<std::string> check_host_or_nothing(std::string_view text);
/// `scheme://host[:port]` as browsers send it (RFC 6454, section 6.2), or `*`.
std::optional<std::string> check_origin(std::string_view text);
/// A connection string of libpq: a URI or key=value pairs.
std::optional<std::string> check_connection(std::string_view text);
std::optional<std::string> check_token(std::string_view text);

/// Whether only this machine reaches `host`: 127.0.0.0/8, ::1, localhost.
bool is_loopback(std::string_view host);

}  // namespace parley
