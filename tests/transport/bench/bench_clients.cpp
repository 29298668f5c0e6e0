#include "tests/transport/bench/bench_clients.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/transport/support/strict_client.hpp"

namespace parley::testing {

namespace {

constexpr std::string_view upgrade =
    "GET /v1/ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
    "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

int connect_to(std::uint16_t port) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr generic{};
  std::memcpy(&generic, &to, sizeof generic);
  if (::connect(made, &generic, sizeof to) != 0) return -1;
  const int one = 1;
  ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return made;
}

/// A client's connection. Over TLS only what sends decrypts what it gets: the others' share of the machine
/// is not what is measured.
class line {
public:
  /// Connects and becomes a WebSocket; false when the server does not want that.
  bool open(std::uint16_t port, SSL_CTX* tls) {
    socket = connect_to(port);
    if (socket < 0) return false;
    if (tls != nullptr) {
      ssl_ = SSL_new(tls);
      SSL_set_fd(ssl_, socket);
      if (SSL_connect(ssl_) != 1) return false;
    }
    std::array<char, 1'024> answer{};
    return write(upgrade) && read(answer.data(), answer.size()) > 0;
  }
  /// From now on it only takes what comes.
  void listen_only() {
    SSL_set_quiet_shutdown(ssl_, 1);
    SSL_free(std::exchange(ssl_, nullptr));
  }
  void do_not_wait() const { ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK); }
  bool write(std::string_view bytes) {
    if (ssl_ != nullptr) return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) > 0;
    return ::write(socket, bytes.data(), bytes.size()) > 0;
  }
  /// As `recv`; -1 also when TLS has nothing whole yet.
  long read(char* to, std::size_t size) {
    if (ssl_ == nullptr) return ::recv(socket, to, size, 0);
    const int got = SSL_read(ssl_, to, static_cast<int>(size));
    return got > 0 ? got : SSL_get_error(ssl_, got) == SSL_ERROR_WANT_READ ? -1 : 0;
  }
  [[nodiscard]] bool has_more() const { return ssl_ != nullptr && SSL_pending(ssl_) > 0; }

  int socket = -1;

private:
  SSL* ssl_ = nullptr;
};

/// Counts whole frames in a stream, and among them those with a short length: the replies.
class frame_counter {
public:
  std::size_t replies_in(std::string_view bytes) {
    std::size_t replies = 0;
    while (!bytes.empty()) {
      if (rest_ > 0) {
        const auto taken = std::min(rest_, bytes.size());
        rest_ -= taken;
        bytes.remove_prefix(taken);
        continue;
      }
      head_ += bytes.front();
      bytes.remove_prefix(1);
      if (head_.size() < 2) continue;
      const auto size = static_cast<unsigned char>(head_[1]);
      const std::size_t header = size < 126 ? 2 : size == 126 ? 4 : 10;
      if (head_.size() < header) continue;
      rest_ = header == 2 ? size : 0;
      for (std::size_t i = 2; i < header; ++i) rest_ = rest_ << 8U | static_cast<unsigned char>(head_[i]);
      replies += header == 2 ? 1 : 0;
      head_.clear();
    }
    return replies;
  }

private:
  std::string head_;
  std::size_t rest_ = 0;
};

}  // namespace

int run_clients(const clients_plan& plan, int port_pipe) {
  std::uint16_t port = 0;
  if (::read(port_pipe, &port, sizeof port) != sizeof port) return 1;
  const auto request = client_frame(0x81, R"({"id":1,"op":"ping"})");
  std::signal(SIGPIPE, SIG_IGN);
  SSL_CTX* tls = plan.over_tls ? SSL_CTX_new(TLS_client_method()) : nullptr;
  std::vector<line> lines(plan.rooms * plan.members);
  std::vector<frame_counter> senders(plan.rooms);
  const int poller = ::epoll_create1(EPOLL_CLOEXEC);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].open(port, tls)) return 1;
    if (tls != nullptr && (plan.outstanding == 0 || i % plan.members != 0)) lines[i].listen_only();
    lines[i].do_not_wait();
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.u64 = i;
    ::epoll_ctl(poller, EPOLL_CTL_ADD, lines[i].socket, &wanted);
  }
  const auto send = [&](std::size_t room, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += request;
    return all.empty() || lines[room * plan.members].write(all);
  };
  for (std::size_t room = 0; room < plan.rooms; ++room) send(room, plan.outstanding);
  std::vector<char> buffer(262'144);
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int ready = ::epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const auto which = events.at(static_cast<std::size_t>(i)).data.u64;
      const auto room = which / plan.members;
      do {
        const auto got = lines[which].read(buffer.data(), buffer.size());
        if (got == 0) return 1;
        if (got < 0 || which % plan.members != 0) break;
        if (!send(room, senders[room].replies_in({buffer.data(), static_cast<std::size_t>(got)}))) return 1;
      } while (lines[which].has_more());
    }
  }
}

}  // namespace parley::testing
