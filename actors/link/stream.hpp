#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "actors/contract/values/ids.hpp"

namespace parley {

/// Names one pair of numbered streams, one each way, between two lives of nodes: the numbers of the
/// connection on which they began, as either side counts its own. Never used twice, since those numbers only
/// grow.
struct stream_id {
  std::uint64_t smaller = 0;  // of the side whose incarnation is the smaller one
  std::uint64_t larger = 0;

  friend bool operator==(const stream_id&, const stream_id&) = default;
  explicit operator bool() const { return smaller != 0 && larger != 0; }
};

/// What each side says first on a connection. Both know both, so both come to the same verdict.
struct stream_hello {
  incarnation_id from;
  incarnation_id to;
  std::uint64_t connection = 0;  // as `from` counts it
  stream_id stream;              // the one that `from` knows; none: it has nothing to go on from
  std::uint64_t received = 0;    // everything up to here has arrived at `from`
  std::uint64_t oldest = 1;      // the first number that `from` can still send (again)
  std::uint64_t newest = 0;      // the last number that `from` has ever sent

  friend bool operator==(const stream_hello&, const stream_hello&) = default;
};

enum class stream_verdict : std::uint8_t { resume, begin_anew };

/// Whether two sides go on where they were: they mean the same stream, and each can still send what the other
/// one has not received. The order of the two does not matter.
stream_verdict judge_streams(const stream_hello& one, const stream_hello& other);

/// The stream that begins after these hellos. The order of the two does not matter.
stream_id begun_by(const stream_hello& one, const stream_hello& other);

enum class arrival : std::uint8_t { next, repeated, gap };

/// What a message with this number is to a side that has received everything up to `received`.
arrival judge_arrival(std::uint64_t received, std::uint64_t number);

/// The two decisions on which everything else rests; tests replace them to see that their faults are found.
struct stream_rules {
  stream_verdict (*judge_streams)(const stream_hello&, const stream_hello&) = &parley::judge_streams;
  arrival (*judge_arrival)(std::uint64_t, std::uint64_t) = &parley::judge_arrival;
};

/// How much a stream keeps and how much of it may be on the way.
struct stream_bounds {
  // What a peer that is cut off can miss and still resume: seconds of a busy node.
  std::size_t ring_messages = 65'536;
  std::size_t ring_bytes = 16U * 1'048'576U;
  // Unacknowledged on the wire: what the two ends have to buffer, and far above rate times round trip.
  std::size_t window_messages = 8'192;
  std::size_t window_bytes = 2U * 1'048'576U;
};

/// The sending half: gives messages their numbers and keeps them until they are acknowledged.
class outgoing_stream {
public:
  using time_point = std::chrono::steady_clock::time_point;
  enum class admission : std::uint8_t { kept, overflow };

  /// A run of messages with consecutive numbers, encoded one after the other, each behind its length.
  struct batch {
    std::uint64_t first = 0;
    std::uint32_t count = 0;
    std::string bytes;
  };

  explicit outgoing_stream(stream_bounds bounds = {}) : bounds_(bounds) {}

  /// Takes a message; `overflow`: there is no room, and the stream cannot go on without it.
  [[nodiscard]] admission add(std::string message, time_point now);
  /// What may be sent now: at most about so many bytes, or one message that is larger; nothing when all was
  /// sent or the window is full.
  [[nodiscard]] std::optional<batch> next_batch(std::size_t bytes_max);
  /// Everything up to this number has arrived. False: that was never sent.
  [[nodiscard]] bool acknowledge(std::uint64_t number);
  /// The other side has everything up to this number and wants what follows; false as above.
  [[nodiscard]] bool resume_after(std::uint64_t number);
  /// Forgets everything; the next message is number 1 again.
  void begin_anew() { *this = outgoing_stream(bounds_); }

  /// Whether something was not sent on this connection yet, be it for want of room in the window.
  [[nodiscard]] bool has_unsent() const { return next_ < oldest_ + ring_.size(); }
  /// The number of what is sent next on this connection.
  [[nodiscard]] std::uint64_t next() const { return next_; }
  [[nodiscard]] std::uint64_t oldest() const { return oldest_; }
  [[nodiscard]] std::uint64_t newest_sent() const { return newest_sent_; }
  /// Messages that are not acknowledged, whether sent or not.
  [[nodiscard]] std::size_t kept_messages() const { return ring_.size(); }
  [[nodiscard]] std::size_t kept_bytes() const { return kept_bytes_; }
  [[nodiscard]] bool is_more_than_half_full() const {
    return ring_.size() > bounds_.ring_messages / 2 || kept_bytes_ > bounds_.ring_bytes / 2;
  }
  /// When the oldest unacknowledged message was taken.
  [[nodiscard]] std::optional<time_point> oldest_since() const {
    return ring_.empty() ? std::nullopt : std::optional(ring_.front().taken);
  }

private:
  struct kept {
    std::string message;
    time_point taken;
  };
  [[nodiscard]] const kept& at(std::uint64_t number) const {
    return ring_[static_cast<std::size_t>(number - oldest_)];
  }
  [[nodiscard]] bool fits_window(std::size_t bytes) const;

  stream_bounds bounds_;
  std::deque<kept> ring_;          // numbers oldest_, oldest_ + 1, …
  std::uint64_t oldest_ = 1;       // of what the ring holds; the next one to be taken when it holds nothing
  std::uint64_t next_ = 1;         // to be sent next on this connection
  std::uint64_t newest_sent_ = 0;  // on any connection
  std::size_t kept_bytes_ = 0;
  std::size_t in_flight_bytes_ = 0;
};

/// The receiving half: knows which number comes next, and what it owes an acknowledgement for.
class incoming_stream {
public:
  explicit incoming_stream(stream_bounds bounds = {}, stream_rules rules = {})
      : bounds_(bounds), rules_(rules) {}

  /// Only what is `next` is to be delivered.
  [[nodiscard]] arrival take(std::uint64_t number, std::size_t bytes);
  /// Whether something was lost, if this is the number that the sender sends next.
  [[nodiscard]] bool misses_before(std::uint64_t next) const {
    return rules_.judge_arrival(received_, next) == arrival::gap;
  }
  [[nodiscard]] std::uint64_t received() const { return received_; }
  /// Whether the sender should hear soon how far we are, so that its window does not close.
  [[nodiscard]] bool owes_credit() const {
    return unacknowledged_messages_ >= bounds_.window_messages / 4 ||
           unacknowledged_bytes_ >= bounds_.window_bytes / 4;
  }
  /// The number has been told.
  void told() { unacknowledged_messages_ = unacknowledged_bytes_ = 0; }
  void begin_anew() { *this = incoming_stream(bounds_, rules_); }

private:
  stream_bounds bounds_;
  stream_rules rules_;
  std::uint64_t received_ = 0;
  std::size_t unacknowledged_messages_ = 0;
  std::size_t unacknowledged_bytes_ = 0;
};

}  // namespace parley
