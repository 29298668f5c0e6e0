#pragma once

#include <boost/beast/http/fields.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

/// What is wrong with an HTTP request head before anybody asks what it wants, if anything: things that
/// the parser lets through and that make two servers on the way disagree about where a request ends
/// (RFC 9112, sections 3.2, 5.2, 6.1 and 11.2). `head` is the head as received, up to the empty line.
std::optional<std::string> wrong_with_head(std::string_view head, unsigned http_version,
                                           std::string_view target, const boost::beast::http::fields& fields);

/// How the pages of the server's own address come to browsers.
enum class own_pages : std::uint8_t {
  by_either,  // the server speaks plainly; a proxy before it may speak TLS
  by_tls,     // a page that came plainly is not ours: whoever is on the way could have made it
};

/// Which pages may connect.
struct origin_rules {
  std::vector<std::string> allowed;  // besides the server's own; "*": every
  own_pages own = own_pages::by_either;
};

/// Whether a page from this origin may connect (RFC 6455, section 10.2): none given (no browser), the
/// server's own address as the client named it, or one that is allowed.
bool is_origin_allowed(std::string_view origin, std::string_view host, const origin_rules& rules);
/// The same of a request. An empty Origin is no page of ours, and of several nobody knows which is true.
bool is_origin_allowed(const boost::beast::http::fields& fields, const origin_rules& rules);

/// What is wrong with a request for a WebSocket, if anything: a key that is not 16 bytes in base64 (RFC
/// 6455, section 4.2.1), or a body, whose bytes would be read as frames.
std::optional<std::string> wrong_with_upgrade(const boost::beast::http::fields& fields);

/// Whether a WebSocket client may speak `parley.v1` here: it offered that, or nothing.
bool offers_protocol(const boost::beast::http::fields& fields);

}  // namespace parley
