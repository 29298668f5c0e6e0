#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/io/broker.hpp>
#include <caf/stateful_actor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/contract/values/ports/peer_network.hpp"
#include "actors/link/network/introduction.hpp"
#include "actors/link/network/secure_bytes.hpp"
#include "actors/link/network/sockets.hpp"

namespace parley {

/// What the broker of a node's wires is told; all of it within the process.
namespace broker_message {

struct accepted {
  std::shared_ptr<descriptor> socket;
};
struct dialled {
  peer_address peer;
  std::shared_ptr<descriptor> socket;
};
struct expect {
  std::vector<peer_address> peers;
};
/// Bytes of a link.
struct send {
  std::uint64_t connection = 0;
  std::string bytes;
};
/// The link wants no more of this wire.
struct end {
  std::uint64_t connection = 0;
};
struct stop {};
/// Its own: who has not introduced themselves by now does not belong here.
struct deadlines {};

}  // namespace broker_message

struct wire_broker_setup {
  incarnation_id node;
  std::string name;
  std::shared_ptr<const link_identity> identity;  // none: plain
  std::shared_ptr<wire_events> events;
  std::chrono::milliseconds introduce_within{};  // from the first byte of TCP to a known peer
  std::size_t strangers_max = 0;                 // connections of nobody known yet; the oldest makes way
};

/// All wires of this node. The sockets are those of CAF's middleman, on whose thread this runs; what lies
/// between them and the links is TLS, and an introduction that only an expected peer gets past.
class wire_broker_state {
public:
  using self_pointer = caf::stateful_actor<wire_broker_state, caf::io::broker>*;
  static inline const char* name = "wires";

  explicit wire_broker_state(self_pointer self) : self_(self) {}
  caf::behavior make_behavior(wire_broker_setup setup);

private:
  using handle = caf::io::connection_handle;
  using clock = std::chrono::steady_clock;
  struct connection {
    link_identity::role role;
    secure_bytes bytes;
    piece_reader pieces;
    peer_address peer;           // dialled, or known since its introduction
    std::uint64_t number = 0;    // once both are introduced
    std::uint64_t order = 0;     // in which they came
    clock::time_point deadline;  // of the introduction
    bool is_introduced = false;  // we are
    bool is_in_loop = false;     // something came over it
  };

  connection& add(descriptor socket, link_identity::role role);
  void accept(const broker_message::accepted& news);
  void begin(const broker_message::dialled& news);
  void expect(std::vector<peer_address> peers);
  void send(const broker_message::send& what);
  void read(const caf::io::new_data_msg& news);
  void read_pieces(handle of);
  bool meet(handle of, connection& who, const std::string& piece);
  void introduce(handle of, connection& who);
  void open(handle of, connection& who);
  bool put(handle to, connection& who, std::string_view piece);
  void lost(handle of, std::string why);
  void drop(handle of, std::string why);
  void end(handle of, const connection& who);
  void make_room();
  void check_deadlines();
  void stop();

  self_pointer self_;
  wire_broker_setup setup_;
  std::vector<peer_address> expected_;
  std::unordered_map<handle, connection> connections_;
  std::unordered_map<std::uint64_t, handle> open_;
  std::uint64_t last_number_ = 0;
  std::uint64_t last_order_ = 0;
  bool is_ticking_ = false;
  bool is_stopping_ = false;
};

}  // namespace parley

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::broker_message::accepted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::broker_message::dialled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::broker_message::expect)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::broker_message::send)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::broker_message::end)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::broker_message::stop)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::broker_message::deadlines)
