#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/limits.hpp"
#include "actors/contract/values/ports/accounts.hpp"
#include "actors/contract/values/ports/call_forwarding.hpp"
#include "actors/contract/values/ports/encoder.hpp"
#include "actors/contract/values/ports/operator_desk.hpp"
#include "actors/contract/values/ports/session_gateway.hpp"
#include "actors/contract/values/ports/topology_source.hpp"
#include "actors/contract/values/ports/trace_source.hpp"
#include "transport/pages/page_set.hpp"
#include "transport/polling/polling_options.hpp"
#include "transport/tls_identity.hpp"

namespace parley {

struct server_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;          // 0: any
  std::shared_ptr<tls_identity> tls;  // none: plain HTTP
  std::vector<std::string> origins;   // allowed besides the server's own address; "*": every
  std::size_t threads = 1;
  limits rules;
  operator_desk* desk = nullptr;        // for those who run the node; none: nothing is below /v1/operator
  topology_source* topology = nullptr;  // likewise for those who watch its actors; outlives the server
  trace_source* traces = nullptr;       // and for those who follow single requests
  polling_options polling;
  std::shared_ptr<call_forwarding> forwarding;  // to the other nodes; none: a node alone
  std::function<std::string()> metrics;         // what `/metrics` shows; none: 404
  std::span<const page_file> pages;             // what browsers are served; the bytes outlive the server
  // For a whole HTTP request; looked at once a second, so nobody is silent for more than ten.
  std::chrono::milliseconds header_timeout{9'000};
  std::chrono::milliseconds idle_timeout{60'000};  // between two HTTP requests
  std::chrono::milliseconds close_timeout{5'000};  // for a closing connection to take what is queued
  /// Takes whole WebSocket messages in the place of `parley.v1` and answers each with one `push_reply`, so
  /// that tests can hold the WebSocket alone against its RFC. A node leaves it empty.
  std::function<void(std::string_view message, bool is_text, outbox& out)> instead_of_requests{};
};

/// The node's port for clients: HTTP and WebSocket. A connection stays on the I/O thread it was given.
class server {
public:
  /// Gateway and accounts must outlive the server.
  server(server_options options, session_gateway& gateway, accounts& people);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Binds and serves; the failure says which address could not be had and why.
  outcome<void> start();
  /// "http://127.0.0.1:8080", with the port that was bound; with TLS https, and a name of the certificate.
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::uint16_t port() const;
  /// Takes no new connections from now on; those of HTTP end once they are answered, WebSockets stay.
  void close_listener();
  /// Takes no new connections, closes the others (WebSockets with 1012 once what is queued has left, or
  /// when the time is up), ends the threads.
  void stop(std::chrono::milliseconds within);

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace parley
