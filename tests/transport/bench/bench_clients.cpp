#include "tests/transport/bench/bench_clients.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
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
  if (::write(made, upgrade.data(), upgrade.size()) < 0) return -1;
  std::array<char, 1'024> answer{};
  return ::read(made, answer.data(), answer.size()) > 0 ? made : -1;
}

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
  std::vector<int> sockets;
  std::vector<frame_counter> senders(plan.rooms);
  const int poller = ::epoll_create1(EPOLL_CLOEXEC);
  for (std::size_t i = 0; i < plan.rooms * plan.members; ++i) {
    sockets.push_back(connect_to(port));
    if (sockets.back() < 0) return 1;
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.u64 = i;
    ::epoll_ctl(poller, EPOLL_CTL_ADD, sockets.back(), &wanted);
  }
  const auto send = [&](std::size_t room, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += request;
    return all.empty() || ::write(sockets[room * plan.members], all.data(), all.size()) > 0;
  };
  for (std::size_t room = 0; room < plan.rooms; ++room) send(room, plan.outstanding);
  std::vector<char> buffer(262'144);
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int ready = ::epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const auto which = events.at(static_cast<std::size_t>(i)).data.u64;
      const auto got = ::recv(sockets[which], buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got == 0) return 1;
      if (got < 0 || which % plan.members != 0) continue;
      const auto room = which / plan.members;
      if (!send(room, senders[room].replies_in({buffer.data(), static_cast<std::size_t>(got)}))) return 1;
    }
  }
}

}  // namespace parley::testing
