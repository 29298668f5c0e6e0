#include "actors/link/network/sockets.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace parley {

namespace {

using namespace std::chrono_literals;

/// Whatever the kernel could not get across within this time ends the connection: a peer that is frozen, or
/// unplugged, holds neither memory nor a descriptor for long.
constexpr unsigned user_timeout_ms = 5'000;
constexpr int backlog = 128;

struct addresses_free {
  void operator()(addrinfo* all) const { freeaddrinfo(all); }
};
using addresses = std::unique_ptr<addrinfo, addresses_free>;

outcome<addresses> look_up(const std::string& host, const std::string& port, int flags) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int problem = getaddrinfo(host.c_str(), port.c_str(), &wanted, &found); problem != 0)
    return failure{errc::unavailable,
                   "'" + host + "' is no address that this machine knows: " + gai_strerror(problem),
                   {}};
  return addresses{found};
}

void set_option(int fd, int level, int name, unsigned value) {
  // What cannot be set leaves the kernel's default, with which everything works, only later.
  static_cast<void>(setsockopt(fd, level, name, &value, sizeof(value)));
}

void set_options(int fd) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, user_timeout_ms);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

std::uint16_t port_of(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port
                                           : reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
}

failure not_connected(const std::string& address, const std::string& why) {
  return {errc::unavailable, "cannot connect to " + address + ": " + why, {}};
}

/// Zero, or the error.
int reach_within(int fd, const addrinfo& to, std::chrono::milliseconds within) {
  if (connect(fd, to.ai_addr, to.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd ready{fd, POLLOUT, 0};
  const auto deadline = std::chrono::steady_clock::now() + within;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const int many = left.count() <= 0 ? 0 : poll(&ready, 1, static_cast<int>(left.count()));
    if (many == 0) return ETIMEDOUT;
    if (many > 0) break;
    if (errno != EINTR) return errno;
  }
  int problem = 0;
  socklen_t size = sizeof(problem);
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) == 0 ? problem : errno;
}

}  // namespace

descriptor& descriptor::operator=(descriptor&& other) noexcept {
  if (this == &other) return *this;
  if (fd_ >= 0) close(fd_);
  fd_ = other.release();
  return *this;
}

descriptor::~descriptor() {
  if (fd_ >= 0) close(fd_);
}

std::string address_of(std::string_view host, std::uint16_t port) {
  const bool is_six = host.find(':') != std::string_view::npos;
  return (is_six ? '[' + std::string(host) + ']' : std::string(host)) + ':' + std::to_string(port);
}

outcome<listening_socket> listen_on(const std::string& host, std::uint16_t port) {
  const auto found = look_up(host, std::to_string(port), AI_PASSIVE);
  if (found.has_error()) return failure{errc::internal, "cluster.address: " + found.error().message, {}};
  const auto& first = *found.value();
  descriptor made{socket(first.ai_family, first.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!made)
    return failure{errc::internal, std::string("cluster.address: no socket: ") + std::strerror(errno), {}};
  // A restarted node takes its port again while connections of its earlier life are still dying.
  set_option(made.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (bind(made.get(), first.ai_addr, first.ai_addrlen) != 0 || listen(made.get(), backlog) != 0) {
    const int why = errno;
    const auto place = address_of(host, port);
    if (why == EADDRINUSE)
      return failure{
          errc::internal, "cluster.port: " + place + " is in use by another program; give another port", {}};
    if (why == EACCES)
      return failure{errc::internal,
                     "cluster.port: this user may not listen on " + place + "; give a port above 1023",
                     {}};
    return failure{
        errc::internal, "cluster.address: cannot listen on " + place + ": " + std::strerror(why), {}};
  }
  const auto bound = port_of(made.get());
  return listening_socket{std::move(made), bound};
}

outcome<descriptor> connect_to(const std::string& address, std::chrono::milliseconds within) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return not_connected(address, "this is no address");
  auto host = address.substr(0, colon);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const auto found = look_up(host, address.substr(colon + 1), 0);
  if (found.has_error()) return not_connected(address, found.error().message);
  int why = 0;
  for (const auto* each = found.value().get(); each != nullptr; each = each->ai_next) {
    descriptor made{socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    why = made ? reach_within(made.get(), *each, within) : errno;
    if (why != 0) continue;
    set_options(made.get());
    return made;
  }
  return not_connected(address, std::strerror(why));
}

acceptor::acceptor(descriptor listening, std::function<void(descriptor)> accepted)
    : listening_(std::move(listening)),
      ended_(eventfd(0, EFD_CLOEXEC)),
      accepted_(std::move(accepted)),
      thread_([this] { run(); }) {}

acceptor::~acceptor() {
  static_cast<void>(eventfd_write(ended_.get(), 1));
  thread_.join();
}

void acceptor::run() {
  bool is_exhausted = false;
  for (;;) {
    std::array<pollfd, 2> ready{pollfd{ended_.get(), POLLIN, 0}, pollfd{listening_.get(), POLLIN, 0}};
    // Without descriptors the socket stays readable, and only time helps.
    const int many = poll(ready.data(), is_exhausted ? 1 : 2, is_exhausted ? 100 : -1);
    if (many < 0 && errno != EINTR) return;
    if (many > 0 && ready[0].revents != 0) return;
    is_exhausted = false;
    descriptor made{accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!made) {
      is_exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
      continue;
    }
    set_options(made.get());
    accepted_(std::move(made));
  }
}

}  // namespace parley
