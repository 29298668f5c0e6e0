#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "actors/contract/values/ports/encoder.hpp"

namespace parley {

/// Why the server ends a connection; the numbers are WebSocket close codes (RFC 6455, section 7.4).
enum class close_code : std::uint16_t {
  going_away = 1001,
  invalid_text = 1007,  // a text frame was not UTF-8
  frame_too_large = 1009,
  restart = 1012,
  come_back_later = 4000,
  ping_timeout = 4001,
  token_refused = 4100,     // expired, revoked, or never good
  no_identify = 4101,       // no `identify` in time
  not_the_protocol = 4400,  // not JSON, a binary frame, no usable id
  too_many_devices = 4408,
  device_replaced = 4409,
  abuse = 4429,
};

/// A connection's way out, given to its session. Every function may be called from any thread and
/// returns at once; what was pushed leaves in the order pushed.
class outbox {
public:
  enum class admission : std::uint8_t {
    accepted,
    full,    // over `limits.outbox_bytes`: dropped; `session_inbox::drained` follows once half is free again
    closed,  // the connection is going or gone; nothing will be sent any more
  };

  virtual ~outbox() = default;
  /// Queues an event, unless too much is waiting already.
  virtual admission push_event(frame event) = 0;
  struct run_admission {
    std::size_t accepted = 0;              // so many frames
    admission last = admission::accepted;  // why not more
  };
  /// Queues `count` events of a run from `first` on, as many as there is room for.
  virtual run_admission push_events(const shared_run& run, std::size_t first, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      if (const auto answer = push_event(run->frames[first + i]); answer != admission::accepted)
        return {i, answer};
    return {count, admission::accepted};
  }
  /// Queues the answer to one request; always accepted, since requests are bounded where they are read.
  virtual void push_reply(frame reply) = 0;
  /// Ends the connection once everything pushed before has been written (or a deadline has passed).
  virtual void close(close_code code, std::string reason) = 0;
  /// How many requests have been read from the connection so far, those still on their way to the
  /// session included: the `ordinal` of the newest.
  [[nodiscard]] virtual std::uint64_t requests_read() const = 0;
};

}  // namespace parley
