#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "actors/contract/values/ports/session_gateway.hpp"
#include "tests/simulation/frame_table.hpp"
#include "tests/simulation/history.hpp"

namespace parley::simulation {

/// Writes the history.
class recorder {
public:
  explicit recorder(std::function<std::int64_t()> now_ms) : now_ms_(std::move(now_ms)) {}
  void note(record::content what) { past_.records.push_back({now_ms_(), std::move(what)}); }
  [[nodiscard]] history& past() { return past_; }

private:
  std::function<std::int64_t()> now_ms_;
  history past_;
};

/// What all connections of a simulation share.
struct connection_environment {
  std::shared_ptr<recorder> records;
  std::shared_ptr<const frame_table> frames;
  std::size_t outbox_frames_max = 8;  // events waiting for a slow client; above, `full`
  /// A planted fault: an event that this says yes to is reported as accepted and is lost.
  std::function<bool(const client_event&)> swallows = [](const client_event&) { return false; };
  /// Another: an event that this says yes to is given to the connection twice.
  std::function<bool(const client_event&)> doubles = [](const client_event&) { return false; };
  /// Another: when false, the outbox does not say how many requests have been read.
  bool counts_requests = true;
};

/// A connection's way out: keeps frames until the client takes them.
class scripted_outbox : public outbox {
public:
  scripted_outbox(connection_number number, std::shared_ptr<const connection_environment> shared)
      : number_(number), shared_(std::move(shared)) {}

  admission push_event(frame event) override;
  void push_reply(frame reply) override;
  void close(close_code code, std::string reason) override;
  [[nodiscard]] std::uint64_t requests_read() const override {
    return shared_->counts_requests ? requests_read_ : 0;
  }

  /// The client hands in a request.
  std::uint64_t next_ordinal() { return ++requests_read_; }
  /// The client takes the oldest frame.
  std::optional<frame_content> take();
  /// Whether an event was refused as `full` and half is free again since; true once each time.
  bool drained_again();
  /// The server has closed and everything before was taken.
  [[nodiscard]] bool ended() const { return closed_ && frames_.empty(); }
  void cut() {
    closed_ = true;
    frames_.clear();
  }

private:
  connection_number number_;
  std::shared_ptr<const connection_environment> shared_;
  std::deque<frame> frames_;
  bool closed_ = false;
  bool was_full_ = false;
  std::uint64_t requests_read_ = 0;
};

}  // namespace parley::simulation
