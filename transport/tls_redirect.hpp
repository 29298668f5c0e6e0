#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <string>

namespace parley {

/// Where the same thing is to be had over TLS: "https://HOST/TARGET" for a GET or HEAD that names a host,
/// else nothing.
std::optional<std::string> address_over_tls(
    const boost::beast::http::request<boost::beast::http::string_body>& request);

/// The answer to somebody who asked plainly where TLS is spoken.
boost::beast::http::response<boost::beast::http::string_body> redirect_to(const std::string& address);

}  // namespace parley
