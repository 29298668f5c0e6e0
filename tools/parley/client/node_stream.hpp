#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "tools/parley/client/trust.hpp"

namespace parley::client {

/// The bytes to and from a node, over TLS or plainly; one type for both, so that what lies above is compiled
/// once. Connect `next_layer()` first, then `async_shake_hands`.
class node_stream {
public:
  using next_layer_type = boost::beast::tcp_stream;
  using executor_type = next_layer_type::executor_type;
  using error_code = boost::system::error_code;

  /// Without a trust it speaks plainly.
  node_stream(boost::asio::io_context& loop, std::shared_ptr<trust> whom)
      : tcp_(loop), trust_(std::move(whom)) {
    if (!trust_) return;
    tls_.emplace(tcp_, trust_->context());
    trust_->apply_to(tls_->native_handle());
  }
  node_stream(const node_stream&) = delete;
  node_stream& operator=(const node_stream&) = delete;

  executor_type get_executor() noexcept { return tcp_.get_executor(); }
  next_layer_type& next_layer() { return tcp_; }
  const next_layer_type& next_layer() const { return tcp_; }

  /// Begins TLS, if it is spoken. The handler gets an error code.
  template <class Handler>
  void async_shake_hands(Handler&& handler) {
    if (tls_)
      return tls_->async_handshake(boost::asio::ssl::stream_base::client, std::forward<Handler>(handler));
    boost::asio::post(get_executor(),
                      [called = std::forward<Handler>(handler)]() mutable { called(error_code{}); });
  }
  /// Why the handshake failed, and what to do about it.
  [[nodiscard]] std::string explain(const error_code& failed) const {
    return trust_ ? trust_->explain(failed) : failed.message();
  }
  /// Whether trying again cannot help: the node's certificate is not believed.
  [[nodiscard]] bool is_hopeless() const { return trust_ && trust_->was_disappointed(); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto&& handler, const Buffers& to) {
          if (tls_) return tls_->async_read_some(to, std::forward<decltype(handler)>(handler));
          tcp_.async_read_some(to, std::forward<decltype(handler)>(handler));
        },
        token, buffers);
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto&& handler, const Buffers& from) {
          if (tls_) return tls_->async_write_some(from, std::forward<decltype(handler)>(handler));
          tcp_.async_write_some(from, std::forward<decltype(handler)>(handler));
        },
        token, buffers);
  }

  /// Found by Beast when a WebSocket ends.
  template <class Handler>
  friend void async_teardown(boost::beast::role_type role, node_stream& stream, Handler&& handler) {
    if (!stream.tls_)
      return boost::beast::websocket::async_teardown(role, stream.tcp_.socket(),
                                                     std::forward<Handler>(handler));
    stream.tls_->async_shutdown(
        [called = std::forward<Handler>(handler)](error_code) mutable { called(error_code{}); });
  }
  friend void beast_close_socket(node_stream& stream) { stream.tcp_.close(); }

private:
  boost::beast::tcp_stream tcp_;
  std::shared_ptr<trust> trust_;
  std::optional<boost::asio::ssl::stream<boost::beast::tcp_stream&>> tls_;
};

}  // namespace parley::client
