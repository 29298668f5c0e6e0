#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/parley/bench/clock.hpp"
#include "tools/parley/bench/node_address.hpp"
#include "tools/parley/bench/websocket_frames.hpp"

namespace parley::bench {

/// Told what the connections of a connection_loop receive.
class frame_handler {
public:
  virtual ~frame_handler() = default;
  /// A whole text message. Behind it `readable_behind` more bytes may be read, as simdjson wants.
  /// `read_at`: when the bytes were taken from the kernel.
  virtual void on_text(std::size_t connection, const char* text, std::size_t size, nanoseconds read_at) = 0;
};

/// Many WebSockets on one thread: epoll, one shared read buffer, and everything written during a turn
/// leaves with one system call a connection. Connections are named by their index.
/// A connection that ends, for whatever reason, is a bench_failure: nobody here closes one in passing.
class connection_loop {
public:
  static constexpr std::size_t readable_behind = 64;
  static constexpr std::size_t message_bytes_max = 4U * 1'048'576U;

  /// Connections go to these nodes in turn, at least one.
  explicit connection_loop(std::vector<node_address> nodes);
  ~connection_loop();
  connection_loop(const connection_loop&) = delete;
  connection_loop& operator=(const connection_loop&) = delete;

  void handle_with(frame_handler& handler) { handler_ = &handler; }
  /// Begins to connect; the WebSocket is open, and `hello` comes, a few turns later.
  std::size_t connect();
  /// Queues a text message; it leaves at the end of the turn, or with `flush`.
  void send(std::size_t connection, std::string_view text);
  void flush();
  /// One turn: waits until something can be done, at most until `until`, and does it.
  void run_once(nanoseconds until);
  /// Closes all connections (close code 1001) without waiting for answers.
  void close_all();

  [[nodiscard]] std::size_t size() const { return connections_.size(); }
  /// How often `recv` returned something: what a system call carries is messages divided by this.
  [[nodiscard]] std::uint64_t reads() const { return reads_; }

private:
  enum class phase : std::uint8_t { connecting, upgrading, open, closed };
  struct connection {
    int socket = -1;
    phase now = phase::connecting;
    bool waits_for_room = false;
    bool dirty = false;
    std::string out;
    std::size_t sent = 0;
    std::string left_over;  // the beginning of a frame whose rest has not come
    std::string fragments;  // of a message that comes in several frames
  };

  void on_ready(std::size_t index, std::uint32_t events);
  void read(std::size_t index);
  const char* take_upgrade(std::size_t index, const char* at, const char* end);
  const char* take_frames(std::size_t index, const char* at, const char* end, nanoseconds read_at);
  void take_frame(std::size_t index, std::string_view payload, const frame_found& found, nanoseconds read_at);
  void write(std::size_t index);
  void mark_dirty(std::size_t index);
  void watch(std::size_t index, bool for_room);
  void arm(nanoseconds until);
  [[noreturn]] void ended(std::size_t index, const std::string& why) const;

  [[nodiscard]] const node_address& node_of(std::size_t index) const {
    return nodes_[index % nodes_.size()];
  }

  std::vector<node_address> nodes_;
  frame_handler* handler_ = nullptr;
  int epoll_ = -1;
  int timer_ = -1;
  nanoseconds armed_for_ = 0;
  std::uint32_t mask_;
  std::uint64_t reads_ = 0;
  std::vector<connection> connections_;
  std::vector<std::size_t> dirty_;
  std::unique_ptr<char[]> buffer_;
};

}  // namespace parley::bench
