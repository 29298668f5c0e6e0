#pragma once

#include <cstddef>

namespace parley::testing {

struct clients_plan {
  std::size_t rooms = 1;
  std::size_t members = 100;    // connections a room; the first of each sends
  std::size_t outstanding = 8;  // requests of a room that wait for their reply
  std::size_t bytes = 0;        // of an event's text
  bool over_tls = false;
};

/// Reads the server's port from the pipe, connects, and sends and reads until SIGTERM. The exit code.
int run_clients(const clients_plan& plan, int port_pipe);

}  // namespace parley::testing
