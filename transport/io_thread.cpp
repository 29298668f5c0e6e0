#include "transport/io_thread.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace parley {

namespace {

/// Often enough that no time-out is late by more than a fifth of itself.
std::chrono::milliseconds interval_for(const limits& rules) {
  const auto shortest = std::min(rules.ping_interval, rules.ping_timeout);
  return std::clamp(shortest / 5, std::chrono::milliseconds{10}, std::chrono::milliseconds{1'000});
}

}  // namespace

io_thread::io_thread(const limits& rules)
    : work_(boost::asio::make_work_guard(context_)),
      timer_(context_),
      decoder_(rules),
      interval_(interval_for(rules)) {}

void io_thread::start() {
  tick();
  thread_ = std::thread{[this] { context_.run(); }};
}

void io_thread::stop() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

io_thread::place io_thread::watch(std::weak_ptr<watched> connection) {
  return connections_.insert(connections_.end(), std::move(connection));
}

void io_thread::tick() {
  timer_.expires_after(interval_);
  timer_.async_wait([this](const boost::system::error_code& problem) {
    if (problem) return;
    const auto now = watched::clock::now();
    // What is looked at may forget itself.
    for (auto next = connections_.begin(); next != connections_.end();) {
      const auto connection = (next++)->lock();
      if (connection) connection->look(now);
    }
    tick();
  });
}

void io_thread::shut_down_connections() {
  std::vector<std::shared_ptr<watched>> all;
  for (const auto& each : connections_)
    if (auto connection = each.lock()) all.push_back(std::move(connection));
  for (const auto& connection : all) connection->shut_down();
}

}  // namespace parley
