#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "actors/contract/interfaces/directory.hpp"
#include "actors/contract/interfaces/link_actor.hpp"
#include "actors/contract/interfaces/local_only.hpp"
#include "actors/contract/values/link_states.hpp"
#include "actors/contract/values/log_event.hpp"
#include "actors/contract/values/ports/peer_network.hpp"
#include "actors/inspection/metered.hpp"
#include "actors/link/frames.hpp"
#include "actors/link/stream.hpp"

namespace parley {

/// How long a link waits for what.
struct link_times {
  std::chrono::milliseconds heartbeat{500};  // something is sent at least this often
  std::chrono::milliseconds silence{2'000};  // a wire on which nothing came for so long is closed
  // An acknowledgement rides with what goes the other way, mostly the answer; it waits for that this long.
  std::chrono::milliseconds acknowledge{20};
  std::chrono::milliseconds dial_again_first{50};  // doubled with every failure
  std::chrono::milliseconds dial_again_last{1'000};
  std::chrono::milliseconds dial{10'000};  // a network that says nothing for so long is asked again
};

struct link_options {
  stream_bounds bounds;
  stream_rules rules;
  link_times times;
};

struct link_setup {
  peer_address peer;
  std::shared_ptr<const directory> where;
  link_listener placement;
  std::shared_ptr<peer_network> network;
  link_options options;
};

class link_actor_state : public metered_state<link_actor, link_actor_state> {
public:
  static inline const char* name = "link";

  explicit link_actor_state(self_pointer self) : metered_state(self) {}
  ~link_actor_state();
  behavior_type make_behavior(link_setup setup);

private:
  using time_point = std::chrono::steady_clock::time_point;
  /// The connection there is now.
  struct connection {
    std::uint64_t number = 0;
    std::shared_ptr<wire> way;
    stream_hello hello;       // what we said on it
    bool is_reached = false;  // the peer said hello
    time_point opened;
    time_point heard;
    time_point sent;
  };

  void send(const send_to_peer& message);
  [[nodiscard]] std::string as_bytes(const routed_message& message) const;
  [[nodiscard]] bool refuses(const routed_message& message);
  void overflow();
  void flush();
  void flush_soon();
  void send_frame(std::string bytes);
  void send_heartbeat();

  void opened(const wire_opened& news);
  void received(const wire_received& news);
  void greet(const stream_hello& theirs);
  void begin_anew(stream_id stream);
  void take_batch(const batch_frame& batch);
  bool take_messages(const batch_frame& batch);
  bool deliver(std::string_view bytes);
  void break_off(severity level, std::string why);
  void close_wire();
  void down();

  void tick();
  void dial();
  void dial_failed(const std::string& why);
  void dial_later();
  void stop();
  void show_state();
  [[nodiscard]] time_point now() const { return self()->clock().now(); }

  link_setup setup_;
  std::shared_ptr<link_state> shown_ = std::make_shared<link_state>();
  stream_id stream_;  // none: whatever is said is lost, since the next hello begins anew
  outgoing_stream out_;
  incoming_stream in_;
  std::optional<connection> wire_;
  std::uint64_t last_connection_ = 0;
  bool flush_scheduled_ = false;
  bool acknowledge_scheduled_ = false;
  bool owes_acknowledgement_ = false;
  bool dials_ = false;                  // of the two, this side is the one to dial
  std::optional<time_point> dialling_;  // since then
  bool dial_scheduled_ = false;
  std::chrono::milliseconds dial_again_{0};
  std::string failed_because_;  // the last attempt, since the peer was reached
  time_point last_tick_;
};

link_actor::behavior_type link(link_actor_state::self_pointer self, link_setup setup);

}  // namespace parley
