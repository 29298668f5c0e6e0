#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "tools/parley/client/endpoint.hpp"
#include "tools/parley/client/json.hpp"
#include "tools/parley/client/problem.hpp"

namespace parley::client {

/// The answer to an HTTP request.
struct http_answer {
  unsigned status = 0;
  std::string text;  // the body as it came
  json::value body;  // the body when it was JSON, else null

  bool is_good() const { return status >= 200 && status < 300; }
  /// `error.message` of a refusal, or its status when it has none.
  std::string error_message() const;
};

/// How long a call may take, from looking up the name to the last byte.
inline constexpr std::chrono::milliseconds http_call_timeout{15'000};

/// How long an answer may be, unless a caller expects more.
inline constexpr std::size_t http_answer_bytes_max = 16UL << 20U;

/// The bounds of one call.
struct call_limits {
  std::chrono::milliseconds timeout = http_call_timeout;
  std::size_t answer_bytes = http_answer_bytes_max;
};

/// What to tell a person whom a node redirected to TLS.
std::string speaks_tls(const endpoint& node);

/// One HTTP request on a connection of its own; waits for the answer. `method` in capitals; no body is sent
/// when it is nullopt; `bearer` empty means without a token. Any status is an answer; what never answered is
/// a problem (`unreachable`), and so is an answer that is too long (`failed`).
outcome<http_answer> http_call(const endpoint& node, std::string_view method, std::string_view path,
                               const std::optional<json::value>& body = std::nullopt,
                               std::string_view bearer = {},
                               std::chrono::milliseconds timeout = http_call_timeout);
outcome<http_answer> http_call(const endpoint& node, std::string_view method, std::string_view path,
                               const std::optional<json::value>& body, std::string_view bearer,
                               const call_limits& limits);

}  // namespace parley::client
