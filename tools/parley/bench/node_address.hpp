#pragma once

#include <sys/socket.h>

#include <string>

#include "tools/parley/client/endpoint.hpp"

namespace parley::bench {

/// A node's address, looked up once: thousands of connections follow.
struct node_address {
  sockaddr_storage socket{};
  socklen_t size = 0;
  std::string host;  // as HTTP's Host wants it, with the port

  /// Throws bench_failure (unreachable) when the name has no address.
  static node_address of(const client::endpoint& node);
};

}  // namespace parley::bench
