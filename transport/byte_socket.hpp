#pragma once

#include <sys/uio.h>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace parley {

/// A TCP socket that belongs to one I/O thread's loop; its executor is not type-erased.
using tcp_socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// Moves the bytes of one connection without ever waiting. Whoever gets `wants_…` waits for the
/// descriptor and tries again. What is between the bytes and the descriptor (nothing, or TLS over
/// SSL_set_fd) is the implementation's; a read may then want the descriptor writable and the reverse.
class byte_socket {
public:
  enum class state : std::uint8_t {
    done,
    wants_read,   // try again when the descriptor is readable
    wants_write,  // try again when it is writable
    ended,        // the other side sends nothing more
    broken,       // the connection is lost
  };
  struct result {
    std::size_t bytes = 0;  // moved, whatever the state
    state after = state::done;
  };

  explicit byte_socket(tcp_socket socket);
  virtual ~byte_socket() = default;
  byte_socket(const byte_socket&) = delete;
  byte_socket& operator=(const byte_socket&) = delete;

  virtual result read(void* to, std::size_t size) = 0;
  virtual result write(std::span<const iovec> pieces) = 0;
  /// Whether `read` may have bytes though the descriptor shows none.
  [[nodiscard]] virtual bool has_read_ahead() const = 0;
  /// Tells the other side that nothing more is coming. `done`, or what to wait for before it is called again.
  virtual state finish_writing() = 0;
  /// Whether what goes over the wire is encrypted.
  [[nodiscard]] virtual bool is_encrypted() const { return false; }
  /// Whether the other side speaks plainly where it should speak TLS; known once something was read.
  [[nodiscard]] virtual bool lacks_tls() const { return false; }

  /// Calls once the descriptor is ready for it, or was closed.
  template <class Handler>
  void wait(state what, Handler&& handler) {
    socket_.async_wait(what == state::wants_write ? boost::asio::socket_base::wait_write
                                                  : boost::asio::socket_base::wait_read,
                       std::forward<Handler>(handler));
  }
  /// Ends everything at once; who waits is told.
  virtual void close();
  tcp_socket::executor_type get_executor() { return socket_.get_executor(); }
  [[nodiscard]] std::string peer_address() const;
  /// Whether the other side's kernel still answers ours (or has nothing to answer): a client that does
  /// not read is slow, one whose kernel is silent is gone.
  [[nodiscard]] bool peer_acknowledges();
  /// Whether the kernel holds bytes that the other side has no room for.
  [[nodiscard]] bool has_unsent();

protected:
  // Plain TCP, as every implementation moves bytes in the end. Nothing raises SIGPIPE.
  result receive(void* to, std::size_t size, int flags);
  result send(std::span<const iovec> pieces);
  void shut_writing_down();

  tcp_socket socket_;
};

/// Plain TCP.
class plain_socket final : public byte_socket {
public:
  using byte_socket::byte_socket;
  result read(void* to, std::size_t size) override { return receive(to, size, 0); }
  result write(std::span<const iovec> pieces) override { return send(pieces); }
  [[nodiscard]] bool has_read_ahead() const override { return false; }
  state finish_writing() override {
    shut_writing_down();
    return state::done;
  }
};

}  // namespace parley
