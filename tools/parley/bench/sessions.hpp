#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/parley/bench/connection_loop.hpp"

namespace parley::bench {

// How a few hundred sessions are opened.
constexpr std::size_t opened_together = 32;
constexpr nanoseconds open_within = 60 * second_ns;

/// Told what sessions receive once they are synced.
class session_observer {
public:
  virtual ~session_observer() = default;
  /// An event `entry`; the element is good until the call returns.
  virtual void on_entry(std::size_t session, simdjson::dom::object entry, nanoseconds read_at) = 0;
  /// The reply to a request made with `post`.
  virtual void on_reply(std::size_t session, std::uint64_t id, simdjson::dom::object reply,
                        nanoseconds read_at) = 0;
};

/// Events that are no entries, counted.
struct other_events {
  std::uint64_t lagging = 0;
  std::uint64_t others = 0;
};

/// Sessions of parley.v1: each is opened, identified and synced, and then told on to an observer.
class sessions : private frame_handler {
public:
  /// Ids of requests made with `post` are above this; below are the ones made here.
  static constexpr std::uint64_t own_ids = 1'000;

  explicit sessions(connection_loop& loop);

  /// Opens a session for each token, at most `together` at a time, and returns when all are synced.
  /// Their indices follow those of the ones opened before. Throws when that takes longer than
  /// `within_ns`, and when it is interrupted.
  void open(const std::vector<std::string>& tokens, std::size_t together, nanoseconds within_ns);
  /// One request, waited for: `d` of its reply as text. Throws when it is refused.
  std::string call(std::size_t session, std::string_view op, std::string_view d);
  /// A request whose reply goes to the observer. `d` is JSON.
  void post(std::size_t session, std::uint64_t id, std::string_view op, std::string_view d);

  void observe_with(session_observer* observer) { observer_ = observer; }
  /// Waits until this session was shown this entry of its newest conversation, before there is an observer.
  void wait_for_head(std::size_t session, std::uint64_t head);
  /// What this session was shown of its newest conversation, by `sync` and by events before there was an
  /// observer; 0 for nothing.
  [[nodiscard]] std::uint64_t head(std::size_t session) const { return opened_[session].head; }
  /// The `limits` of the first `hello`, as JSON; empty before it came.
  [[nodiscard]] const std::string& limits() const { return limits_; }
  [[nodiscard]] const other_events& counted() const { return counted_; }
  [[nodiscard]] connection_loop& loop() { return loop_; }

private:
  enum class step : std::uint8_t { connecting, identifying, syncing, synced };
  struct opened {
    step now = step::connecting;
    std::uint32_t token = 0;
    std::uint64_t head = 0;
  };
  struct waited_for {
    std::size_t session = 0;
    std::uint64_t id = 0;
    bool done = false;
    std::string d;
  };

  void on_text(std::size_t connection, const char* text, std::size_t size, nanoseconds read_at) override;
  void on_event(std::size_t session, std::string_view name, simdjson::dom::object frame, nanoseconds read_at);
  void on_own_reply(std::size_t session, std::uint64_t id, simdjson::dom::object frame);

  connection_loop& loop_;
  session_observer* observer_ = nullptr;
  simdjson::dom::parser parser_;
  std::vector<opened> opened_;
  const std::vector<std::string>* tokens_ = nullptr;
  std::size_t synced_ = 0;
  waited_for waited_;
  std::uint64_t last_call_ = 2;
  std::string limits_;
  std::string text_;
  other_events counted_;
};

}  // namespace parley::bench
