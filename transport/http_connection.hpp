#pragma once

#include <memory>

#include "transport/byte_socket.hpp"
#include "transport/http_api.hpp"
#include "transport/http_rules.hpp"
#include "transport/io_thread.hpp"
#include "transport/polling/polling_api.hpp"
#include "transport/server.hpp"
#include "transport/websocket_connection.hpp"

namespace parley {

/// What every connection of a server shares.
struct connection_environment {
  const server_options& options;
  const origin_rules& origins;
  websocket_options websocket;
  http_api& api;
  polling_api& polling;
  session_gateway& gateway;
};

/// Serves HTTP on an accepted socket until it ends or becomes a WebSocket. On the thread `on`.
void start_http(std::unique_ptr<byte_socket> socket, io_thread& on, const connection_environment& shared);

}  // namespace parley
