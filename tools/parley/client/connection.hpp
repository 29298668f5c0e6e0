#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tools/parley/client/endpoint.hpp"
#include "tools/parley/client/json.hpp"

namespace parley::client {

/// The answer to one request.
struct reply {
  bool ok = false;
  json::object d;       // of a good answer
  std::string code;     // of a refusal: `not_found`, …
  std::string message;  // of a refusal: a sentence for a person
  bool temporary = false;
  std::chrono::milliseconds retry_after{0};
};

/// How a connection ended.
struct connection_end {
  unsigned close_code = 0;   // of the node's close frame; 0 when it just ended or never began
  std::string reason;        // a phrase for a person
  bool is_hopeless = false;  // trying again gives the same: the node is not trusted, or speaks TLS only
};

/// One WebSocket that speaks `parley.v1`. Everything happens on the loop it was opened on.
class connection {
public:
  struct handlers {
    /// The node said hello; requests may be made.
    std::function<void(const json::object& hello)> opened;
    /// An event other than hello.
    std::function<void(std::string_view name, const json::object& d)> event;
    /// The last that is heard of it; unanswered requests stay so.
    std::function<void(const connection_end&)> ended;
  };
  using answer_handler = std::function<void(const reply&)>;

  virtual ~connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Sends a request; the handler gets its answer, unless the connection ends first.
  virtual void request(std::string_view op, json::object d, answer_handler answer) = 0;
  /// Says goodbye; no handler is called any more.
  virtual void close() = 0;

protected:
  connection() = default;
};

/// Connects, within ten seconds, and keeps itself alive until it ends or is closed.
std::shared_ptr<connection> open_connection(boost::asio::io_context& loop, const endpoint& node,
                                            connection::handlers handlers);

}  // namespace parley::client
