#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "actors/contract/values/ports/encoder.hpp"
#include "actors/contract/values/trace.hpp"

namespace parley {

class connection;

/// Names a connection of an I/O thread: where it stands, and which of those who stood there it is.
struct place {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
};

/// What other threads hand to an I/O thread: one lock a piece, one wake a batch.
/// The pieces are bounded by what each connection admits (`connection_outbox`).
class hand_over {
public:
  enum class kind : std::uint8_t { event, reply, ending };
  struct piece {
    frame content;  // none for an ending
    place to;
    kind what = kind::event;
    std::unique_ptr<const trace_context> trace;  // none: nobody follows it
  };

  struct pending_call {
    place whom;
    std::function<void(connection&)> what;
  };

  explicit hand_over(boost::asio::io_context& context) : context_(&context) {}

  void push(piece next) {
    const std::scoped_lock lock{mutex_};
    if (context_ == nullptr) return;
    pieces_.push_back(std::move(next));
    wake();
  }
  /// Has something called with a connection, if that still exists then.
  void call(place whom, std::function<void(connection&)> what) {
    const std::scoped_lock lock{mutex_};
    if (context_ == nullptr) return;
    calls_.push_back({whom, std::move(what)});
    wake();
  }
  /// On the I/O thread: what came since the last time.
  void take(std::vector<piece>& pieces, std::vector<pending_call>& calls) {
    pieces.clear();
    calls.clear();
    const std::scoped_lock lock{mutex_};
    woken_ = false;
    pieces.swap(pieces_);
    calls.swap(calls_);
  }
  /// What the loop calls when there is something to take.
  template <class Function>
  void wakes(Function function) {
    when_woken_ = std::move(function);
  }
  /// The loop ends: what comes from now on is dropped.
  void close() {
    const std::scoped_lock lock{mutex_};
    context_ = nullptr;
    pieces_.clear();
    calls_.clear();
  }

private:
  void wake() {
    if (std::exchange(woken_, true)) return;
    // Under the lock, so that the loop is still there.
    boost::asio::post(*context_, [this] { when_woken_(); });
  }

  boost::asio::io_context* context_;
  std::function<void()> when_woken_;
  std::mutex mutex_;
  std::vector<piece> pieces_;
  std::vector<pending_call> calls_;
  bool woken_ = false;
};

}  // namespace parley
