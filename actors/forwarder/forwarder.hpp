#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>

#include "actors/contract/interfaces/directory.hpp"
#include "actors/contract/interfaces/local_only.hpp"
#include "actors/forwarder/call_desk.hpp"
#include "actors/forwarder/pieces.hpp"
#include "actors/inspection/metered.hpp"

namespace parley {

struct forwarder_options {
  piece_bounds pieces;
  std::chrono::milliseconds outage{2'000};            // a link that is cut for longer is not waited for
  std::chrono::milliseconds whole_within{30'000};     // a call of a peer has come by then, or never comes
  std::size_t serving_max = 20'000;                   // calls of peers, not answered yet
  std::size_t arriving_bytes_max = 64U * 1'048'576U;  // of calls, and of answers, that are not whole yet
  std::size_t waiting_bytes_max = 64U * 1'048'576U;   // of answers that wait to leave
};

struct forwarder_setup {
  std::shared_ptr<const directory> where;
  std::shared_ptr<call_server> server;
  forwarder_options options;
};

class forwarder_state : public metered_state<forwarder_actor, forwarder_state> {
public:
  static inline const char* name = "forwarder";

  explicit forwarder_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior(forwarder_setup setup);

private:
  using time_point = std::chrono::steady_clock::time_point;
  /// A call of a client here, until it is answered.
  struct open_call {
    incarnation_id node;
    time_point deadline;
    call_forwarding::answered respond;
    forwarded_answer answer;  // what has come of it
  };
  /// A call of a peer that is not whole yet.
  struct arriving_call {
    forwarded_call call;
    time_point deadline;
  };
  struct peer {
    bool is_up = false;
    time_point cut_at;  // when it is not up; the beginning of time: it never was
    outgoing_pieces out;
    incoming_pieces in;
    std::unordered_map<std::uint64_t, arriving_call> arriving;
  };

  // Calls of clients here.
  void forward(const forward_call& asked);
  void take_answer(const call_answered& piece);
  void finish(std::uint64_t number, outcome<forwarded_answer> answer);
  void fail_calls_to(incarnation_id node);
  void give_up();
  // Calls of peers.
  void take_call(const call_forwarded& piece);
  void serve(incarnation_id caller, std::uint64_t number, forwarded_call call);
  void answer(const answer_made& made);
  void send_answer(incarnation_id to, std::uint64_t number, outcome<forwarded_answer> answer);
  // Both.
  peer& known(incarnation_id node);
  void count_taken(incarnation_id from, peer& by, std::size_t cost);
  void push(incarnation_id to, peer& by);
  void begin_anew(incarnation_id node);
  void tick_soon();
  void tick();
  void forget_peers();
  [[nodiscard]] bool is_out(const peer& by) const;
  [[nodiscard]] time_point now() const { return self()->clock().now(); }

  forwarder_setup setup_;
  std::unordered_map<incarnation_id, peer> peers_;
  std::map<std::uint64_t, open_call> open_;
  std::uint64_t last_number_ = 0;
  std::size_t serving_ = 0;
  std::size_t arriving_call_bytes_ = 0;
  std::size_t arriving_answer_bytes_ = 0;
  bool is_ticking_ = false;
  bool has_given_up_ = false;
};

forwarder_actor::behavior_type forwarder(forwarder_state::self_pointer self, forwarder_setup setup);

}  // namespace parley
