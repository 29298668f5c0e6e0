#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "transport/gathering_stream.hpp"
#include "transport/hand_over.hpp"
#include "transport/protocol/request_decoder.hpp"

namespace parley {

/// Something that lives on one I/O thread. Every function is called there.
class connection {
public:
  using clock = std::chrono::steady_clock;
  virtual ~connection() = default;
  /// Called a few times a second: is a deadline over?
  virtual void look(clock::time_point now) = 0;
  /// Something that another thread handed over for it.
  virtual void deliver(hand_over::piece /*next*/) {}
  /// The loop has nothing else ready: asked for with `io_thread::call_at_end_of_round`.
  virtual void end_of_round() {}
  /// No new connections are taken: end, unless a session holds this one and will end it.
  virtual void drain() {}
  /// The server stops: end in good order.
  virtual void shut_down() = 0;
  /// The time for good order is over.
  virtual void abandon() = 0;
};

/// One thread with its own event loop, JSON parser and timer; everything of a connection happens on it.
///
/// The loop lets what was written leave when nothing else is ready, or after `handlers_a_flush_max`
/// handlers: then everything that piled up for a connection leaves in one system call, everything that was
/// read from one goes to its session in one message, and no timer delays anything. The one timer drives pings
/// and time-outs of all its connections.
class io_thread {
public:
  static constexpr std::size_t handlers_a_flush_max = 256;

  explicit io_thread(const limits& rules);
  ~io_thread();
  void start();
  /// Ends the loop and the thread.
  void stop();

  boost::asio::io_context& context() { return context_; }
  request_decoder& decoder() { return decoder_; }
  [[nodiscard]] const std::shared_ptr<hand_over>& inbox() const { return inbox_; }
  std::shared_ptr<gathering_stream> stream_on(std::unique_ptr<byte_socket> socket) {
    return std::make_shared<gathering_stream>(std::move(socket), dirty_, buffers_);
  }

  // On the thread itself.
  /// Keeps the connection and has it looked at until `forget`.
  place keep(std::shared_ptr<connection> fresh);
  /// The connection ends; it is destroyed once nobody is within it.
  void forget(place where);
  /// Has the connection's `end_of_round` called before the loop sleeps, or after `handlers_a_flush_max`.
  void call_at_end_of_round(place whom) { round_.push_back(whom); }
  void drain_connections();
  void shut_down_connections();
  void abandon_connections();
  /// Calls when there is no connection any more; at once if there is none.
  void when_empty(std::function<void()> call);

private:
  struct slot {
    std::shared_ptr<connection> held;
    std::uint32_t generation = 0;
  };

  void run();
  void tick();
  void deliver();
  void end_round();
  /// The connection of that name, if it still exists.
  [[nodiscard]] connection* find(place whom) const {
    const auto& at = slots_[whom.index];
    return at.generation == whom.generation ? at.held.get() : nullptr;
  }
  void tell_if_empty();
  template <class Call>
  void for_all(Call call);

  // What connections refer to outlives them and the loop that may still hold some.
  flush_list dirty_;
  buffer_pool buffers_;
  request_decoder decoder_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<hand_over> inbox_;
  std::vector<place> round_;  // who is to be called at its end
  std::vector<hand_over::piece> pieces_;
  std::vector<hand_over::pending_call> calls_;
  std::vector<slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t kept_ = 0;
  std::vector<std::shared_ptr<connection>> gone_;  // destroyed between two rounds of the loop
  std::function<void()> when_empty_;
  std::chrono::milliseconds interval_;
  std::thread thread_;
};

}  // namespace parley
