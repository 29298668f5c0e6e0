#include "transport/byte_socket.hpp"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>

namespace parley {

namespace {

// A living kernel answers every repetition; three in a row without an answer are some seconds of silence.
constexpr unsigned unanswered_repetitions_max = 3;

byte_socket::state after_error(byte_socket::state when_blocked) {
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return when_blocked;
  return byte_socket::state::broken;
}

}  // namespace

byte_socket::byte_socket(tcp_socket socket) : socket_(std::move(socket)) {
  boost::system::error_code ignored;
  socket_.native_non_blocking(true, ignored);
  socket_.set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
}

void byte_socket::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

std::string byte_socket::peer_address() const {
  boost::system::error_code ignored;
  return socket_.remote_endpoint(ignored).address().to_string();
}

bool byte_socket::peer_acknowledges() {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  return info.tcpi_retransmits < unanswered_repetitions_max && info.tcpi_probes < unanswered_repetitions_max;
}

bool byte_socket::has_unsent() {
  int bytes = 0;
  return ::ioctl(socket_.native_handle(), SIOCOUTQNSD, &bytes) == 0 && bytes > 0;
}

byte_socket::result byte_socket::receive(void* to, std::size_t size, int flags) {
  const auto got = ::recv(socket_.native_handle(), to, size, flags);
  if (got > 0) return {static_cast<std::size_t>(got), state::done};
  if (got == 0) return {0, state::ended};
  return {0, after_error(state::wants_read)};
}

byte_socket::result byte_socket::send(std::span<const iovec> pieces) {
  std::size_t all = 0;
  for (const auto& piece : pieces) all += piece.iov_len;
  msghdr message{};
  // sendmsg does not write to what it is given; its type is older than const.
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  const auto sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
  if (sent < 0) return {0, after_error(state::wants_write)};
  const auto bytes = static_cast<std::size_t>(sent);
  return {bytes, bytes == all ? state::done : state::wants_write};
}

void byte_socket::shut_writing_down() { ::shutdown(socket_.native_handle(), SHUT_WR); }

}  // namespace parley
