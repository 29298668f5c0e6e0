#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "actors/contract/values/failure.hpp"

namespace parley {

/// A file descriptor with an owner.
class descriptor {
public:
  explicit descriptor(int fd = -1) : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(other.release()) {}
  descriptor& operator=(descriptor&& other) noexcept;
  ~descriptor();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

private:
  int fd_;
};

/// "10.0.0.7:7400", or "[::1]:7400".
[[nodiscard]] std::string address_of(std::string_view host, std::uint16_t port);

struct listening_socket {
  descriptor socket;
  std::uint16_t port = 0;  // the one it got
};
/// Listens; a failure begins with the key of the configuration that it is about.
outcome<listening_socket> listen_on(const std::string& host, std::uint16_t port);

/// Connects to `host:port`, within this time if the host is an IP address; a name is looked up first, for as
/// long as that takes. Blocks; the failure says why not.
outcome<descriptor> connect_to(const std::string& address, std::chrono::milliseconds within);

/// Accepts connections on a thread of its own until it is destroyed. With no descriptors left it waits a
/// little instead of asking without end.
class acceptor {
public:
  acceptor(descriptor listening, std::function<void(descriptor)> accepted);
  ~acceptor();
  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;

private:
  void run();

  descriptor listening_;
  descriptor ended_;
  std::function<void(descriptor)> accepted_;
  std::thread thread_;
};

}  // namespace parley
