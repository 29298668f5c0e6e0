#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/role.hpp>
#include <memory>
#include <utility>

#include "transport/gathering_stream.hpp"

namespace parley {

/// A gathering stream as Beast wants to see it: an AsyncReadStream and AsyncWriteStream with a teardown.
/// A handle; the stream itself is shared with the connection.
class beast_stream {
public:
  using executor_type = tcp_socket::executor_type;
  using error_code = boost::system::error_code;

  explicit beast_stream(std::shared_ptr<gathering_stream> below) : below_(std::move(below)) {}
  executor_type get_executor() const noexcept { return below_->socket().get_executor(); }
  [[nodiscard]] const std::shared_ptr<gathering_stream>& below() const { return below_; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [](auto&& handler, std::shared_ptr<gathering_stream> below, boost::asio::mutable_buffer to) {
          start_read(std::move(below), to, std::forward<decltype(handler)>(handler));
        },
        token, below_, first_of(buffers));
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [](auto&& handler, gathering_stream* below, const Buffers& from) {
          start_write(*below, from, std::forward<decltype(handler)>(handler));
        },
        token, below_.get(), buffers);
  }

private:
  /// The first buffer that has room; Beast gives one or two, and a second read does no harm.
  template <class Buffers>
  static boost::asio::mutable_buffer first_of(const Buffers& buffers) {
    for (const boost::asio::mutable_buffer each : boost::beast::buffers_range_ref(buffers))
      if (each.size() > 0) return each;
    return {};
  }

  template <class Handler>
  static void complete(gathering_stream& below, Handler&& handler, error_code problem, std::size_t bytes) {
    boost::asio::post(below.socket().get_executor(),
                      boost::beast::bind_front_handler(std::forward<Handler>(handler), problem, bytes));
  }

  template <class Handler>
  static void start_read(std::shared_ptr<gathering_stream> below, boost::asio::mutable_buffer to,
                         Handler&& handler) {
    if (below->is_closed())
      return complete(*below, std::forward<Handler>(handler), boost::asio::error::operation_aborted, 0);
    // Asio reads nothing to get around the loop once.
    if (to.size() == 0) return complete(*below, std::forward<Handler>(handler), {}, 0);
    if (below->may_have_bytes())
      if (const auto got = below->read(to))
        return complete(*below, std::forward<Handler>(handler), got->problem, got->bytes);
    wait_and_read(std::move(below), to, std::forward<Handler>(handler));
  }

  template <class Handler>
  static void wait_and_read(std::shared_ptr<gathering_stream> below, boost::asio::mutable_buffer to,
                            Handler&& handler) {
    auto& socket = below->socket();
    const auto wanted = below->wanted();
    socket.wait(wanted, [below = std::move(below), to,
                         handler = std::forward<Handler>(handler)](error_code problem) mutable {
      if (!problem && below->is_closed()) problem = boost::asio::error::operation_aborted;
      if (problem) return handler(problem, 0);
      const auto got = below->read(to);
      if (!got) return wait_and_read(std::move(below), to, std::move(handler));
      handler(got->problem, got->bytes);
    });
  }

  template <class Buffers, class Handler>
  static void start_write(gathering_stream& below, const Buffers& from, Handler&& handler) {
    if (below.is_closed())
      return complete(below, std::forward<Handler>(handler), boost::asio::error::broken_pipe, 0);
    std::size_t bytes = 0;
    for (const boost::asio::const_buffer each : boost::beast::buffers_range_ref(from)) {
      below.write({static_cast<const char*>(each.data()), each.size()});
      bytes += each.size();
    }
    if (!below.must_hold()) return complete(below, std::forward<Handler>(handler), {}, bytes);
    below.hold(boost::beast::bind_front_handler(std::forward<Handler>(handler), error_code{}, bytes));
  }

  std::shared_ptr<gathering_stream> below_;
};

/// Found by Beast when a WebSocket ends.
template <class Handler>
void async_teardown(boost::beast::role_type, beast_stream& stream, Handler&& handler) {
  stream.below()->end(
      boost::beast::bind_front_handler(std::forward<Handler>(handler), boost::system::error_code{}));
}
inline void teardown(boost::beast::role_type, beast_stream& stream, boost::system::error_code&) {
  stream.below()->close();
}
inline void beast_close_socket(beast_stream& stream) { stream.below()->close(); }

}  // namespace parley
