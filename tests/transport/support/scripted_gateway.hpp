#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "actors/contract/values/ports/session_gateway.hpp"

namespace parley::testing {

/// A session that does what the test says, and remembers what its connection told it.
class scripted_session : public session_inbox {
public:
  using script = std::function<void(scripted_session&, const client_request&)>;

  scripted_session(std::shared_ptr<outbox> way_out, script what)
      : out(std::move(way_out)), script_(std::move(what)) {}

  void receive(std::vector<client_request> requests) override {
    EXPECT_FALSE(requests.empty());
    ++hand_overs_;
    for (auto& each : requests) receive(std::move(each));
  }
  void receive(client_request request) {
    if (script_) script_(*this, request);
    const std::scoped_lock lock{mutex_};
    EXPECT_FALSE(closed_) << "a request after the end";
    EXPECT_EQ(request.ordinal, requests_.size() + 1);
    requests_.push_back(std::move(request));
    changed_.notify_all();
  }
  void drained() override {
    const std::scoped_lock lock{mutex_};
    EXPECT_FALSE(closed_) << "drained after the end";
    ++drained_;
    changed_.notify_all();
  }
  void closed() override {
    const std::scoped_lock lock{mutex_};
    EXPECT_FALSE(closed_) << "closed twice";
    closed_ = true;
    changed_.notify_all();
  }

  /// Waits until so many requests have come; the last of them.
  client_request request(std::size_t number) {
    std::unique_lock lock{mutex_};
    if (!wait(lock, [&] { return requests_.size() >= number; })) {
      ADD_FAILURE() << "only " << requests_.size() << " of " << number << " requests came";
      return {};
    }
    return requests_[number - 1];
  }
  std::size_t requests() {
    const std::scoped_lock lock{mutex_};
    return requests_.size();
  }
  /// How often requests came, however many at once.
  std::size_t hand_overs() const { return hand_overs_.load(); }
  bool becomes_drained(std::size_t times = 1) {
    std::unique_lock lock{mutex_};
    return wait(lock, [&] { return drained_ >= times; });
  }
  std::size_t times_drained() {
    const std::scoped_lock lock{mutex_};
    return drained_;
  }
  bool becomes_closed() {
    std::unique_lock lock{mutex_};
    return wait(lock, [&] { return closed_; });
  }
  bool is_closed() {
    const std::scoped_lock lock{mutex_};
    return closed_;
  }

  const std::shared_ptr<outbox> out;

private:
  template <class Condition>
  bool wait(std::unique_lock<std::mutex>& lock, Condition holds) {
    return changed_.wait_for(lock, std::chrono::seconds{20}, holds);
  }

  script script_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<client_request> requests_;
  std::atomic<std::size_t> hand_overs_{0};
  std::size_t drained_ = 0;
  bool closed_ = false;
};

/// Gives every connection a scripted session.
class scripted_gateway : public session_gateway {
public:
  std::shared_ptr<session_inbox> open(std::shared_ptr<outbox> out, std::string peer) override {
    const std::scoped_lock lock{mutex_};
    peer_ = std::move(peer);
    if (closed_for_new_) return nullptr;
    sessions_.push_back(std::make_shared<scripted_session>(std::move(out), script_));
    changed_.notify_all();
    return sessions_.back();
  }
  [[nodiscard]] std::string not_ready_because() const override { return not_ready; }

  /// What sessions from now on do with each request, on the thread of the connection.
  void script(scripted_session::script what) {
    const std::scoped_lock lock{mutex_};
    script_ = std::move(what);
  }
  void refuse_new() {
    const std::scoped_lock lock{mutex_};
    closed_for_new_ = true;
  }
  /// The session of the connection that came as this one, from 0.
  std::shared_ptr<scripted_session> session(std::size_t number = 0) {
    std::unique_lock lock{mutex_};
    if (!changed_.wait_for(lock, std::chrono::seconds{20}, [&] { return sessions_.size() > number; })) {
      ADD_FAILURE() << "no session number " << number;
      return std::make_shared<scripted_session>(nullptr, script_);
    }
    return sessions_[number];
  }
  std::string peer() {
    const std::scoped_lock lock{mutex_};
    return peer_;
  }
  std::size_t sessions() {
    const std::scoped_lock lock{mutex_};
    return sessions_.size();
  }

  std::string not_ready;

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  scripted_session::script script_;
  std::vector<std::shared_ptr<scripted_session>> sessions_;
  std::string peer_;
  bool closed_for_new_ = false;
};

}  // namespace parley::testing
