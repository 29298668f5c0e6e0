#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <thread>

#include "transport/protocol/request_decoder.hpp"

namespace parley {

/// Something that lives on one I/O thread and wants to be looked at regularly.
class watched {
public:
  using clock = std::chrono::steady_clock;
  virtual ~watched() = default;
  /// Called a few times a second on the thread of the connection.
  virtual void look(clock::time_point now) = 0;
  /// The server stops.
  virtual void shut_down() = 0;
};

/// One thread with its own event loop, JSON parser and timer; everything of a connection happens on it.
/// The one timer drives pings and time-outs of all its connections.
class io_thread {
public:
  using place = std::list<std::weak_ptr<watched>>::iterator;

  explicit io_thread(const limits& rules);
  void start();
  /// Ends the loop and the thread.
  void stop();
  /// Tells everybody that the server stops; on the thread itself.
  void shut_down_connections();

  boost::asio::io_context& context() { return context_; }
  request_decoder& decoder() { return decoder_; }
  /// On the thread itself: have it looked at until `forget`.
  place watch(std::weak_ptr<watched> connection);
  void forget(place where) { connections_.erase(where); }
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

private:
  void tick();

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer timer_;
  request_decoder decoder_;
  std::list<std::weak_ptr<watched>> connections_;
  std::chrono::milliseconds interval_;
  std::thread thread_;
};

}  // namespace parley
