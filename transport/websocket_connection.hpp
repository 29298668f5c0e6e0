#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "actors/contract/values/limits.hpp"
#include "actors/contract/values/ports/outbox.hpp"
#include "actors/contract/values/ports/session_gateway.hpp"
#include "transport/io_thread.hpp"

namespace parley {

using upgrade_request = boost::beast::http::request<boost::beast::http::string_body>;

struct websocket_options {
  limits rules;
  std::chrono::milliseconds close_timeout{5'000};
  /// Of `server_options`.
  std::function<void(std::string_view message, bool is_text, outbox& out)> instead_of_requests{};
};

/// Takes over a stream whose HTTP request asks for `parley.v1` and lives on by itself until the
/// connection ends. Must be called on the thread `on`.
void start_websocket(std::shared_ptr<gathering_stream> stream, const upgrade_request& request,
                     std::string peer, io_thread& on, session_gateway& gateway,
                     const websocket_options& options);

}  // namespace parley
