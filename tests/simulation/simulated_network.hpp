#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/contract/values/ports/peer_network.hpp"
#include "tests/simulation/dice.hpp"

namespace parley::simulation {

/// What the network between nodes does of itself.
struct network_weather {
  int delay_ms_max = 3;       // of each parcel; one never overtakes another of the same connection
  double spike = 0;           // of parcels, that take up to half a second
  double breaks = 0;          // of parcels, with which the connection ends
  double doubles = 0;         // of parcels, that arrive twice
  double dial_fails = 0;      // of attempts
  double ends_silently = 0;   // of connections that end by themselves, without anybody being told
  double heals_by_end = 0.3;  // of connections under a cut, that end when it is over
};

/// The network between all nodes of a simulation, in one thread and on virtual time. A connection is two
/// pipes, one each way, in which parcels wait until their time has come. Cuts hold parcels back, as a kernel
/// does that sends again and again; what a connection lost with its end never arrives.
class simulated_network {
public:
  using clock = std::function<std::int64_t()>;
  simulated_network(dice chance, clock now_ms) : chance_(std::move(chance)), now_ms_(std::move(now_ms)) {}

  network_weather weather;

  /// A life's own way to its peers; `told` hears of it until it is detached.
  std::shared_ptr<peer_network> attach(const peer_address& self, std::shared_ptr<wire_events> told);
  enum class end_of_life : std::uint8_t {
    process,  // its kernel ends what it had
    machine,  // nobody hears of it
  };
  /// The life is over.
  void detach(incarnation_id gone, end_of_life how);
  /// A process that does not run takes and sends nothing, while its kernel keeps its connections.
  void freeze(incarnation_id who) { frozen_.insert(who); }
  void wake(incarnation_id who) { frozen_.erase(who); }

  /// Nothing gets from one node to the other, by their names, until it is mended.
  void cut(const std::string& from, const std::string& to) { cuts_.emplace(from, to); }
  void mend(const std::string& from, const std::string& to);
  void mend_all();
  [[nodiscard]] bool is_cut(const std::string& from, const std::string& to) const {
    return cuts_.contains({from, to});
  }
  /// One of the connections there are ends in the middle; false when there is none.
  bool break_one();

  /// Hands out everything whose time has come; chance decides in which order.
  void deliver();
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

  /// Replaces what a frame says on its way: a planted fault.
  std::function<std::vector<std::string>(std::string)> tampers;

private:
  class port;
  class end_of_wire;
  struct endpoint {
    peer_address self;
    std::shared_ptr<wire_events> told;
    std::set<incarnation_id> expected;
    std::uint64_t last_connection = 0;
  };
  struct parcel {
    enum class kind : std::uint8_t { opened, bytes, end };
    std::int64_t due_ms = 0;
    kind what = kind::bytes;
    std::string bytes;
  };
  struct side {
    incarnation_id node;
    std::string name;
    std::uint64_t number = 0;         // of the connection, at this node
    bool is_closed = false;           // it closed, was told of the end, or is gone
    std::deque<parcel> on_their_way;  // to here
    std::int64_t last_due_ms = 0;
  };
  using connection_id = std::uint64_t;
  struct connection {
    side sides[2];           // who dialled, who was dialled
    bool is_over = false;    // the network takes nothing more
    bool is_silent = false;  // nor does it tell anybody
  };
  struct attempt {
    incarnation_id from;
    peer_address to;
    std::int64_t due_ms = 0;
    std::int64_t until_ms = 0;
  };

  void dial(incarnation_id from, const peer_address& to);
  void expect(incarnation_id who, const std::vector<peer_address>& peers);
  void end_all_of(incarnation_id node, bool tells_peers);
  void send(connection_id id, int from_side, std::string bytes);
  void close(connection_id id, int side_closed);
  void put(side& to, parcel::kind what, std::string bytes);
  void end(connection& which, bool tells);

  bool pursue_attempts();
  std::optional<std::string> why_not(const attempt& of) const;
  void connect(const attempt& of);
  [[nodiscard]] std::vector<std::pair<connection_id, int>> deliverable() const;
  void deliver_one(connection_id id, int to_side);
  void sweep();
  [[nodiscard]] endpoint* at(incarnation_id node);
  [[nodiscard]] int delay_ms();

  dice chance_;
  clock now_ms_;
  std::map<incarnation_id, endpoint> endpoints_;
  std::set<incarnation_id> frozen_;
  std::set<std::pair<std::string, std::string>> cuts_;  // from, to
  std::map<connection_id, connection> connections_;
  connection_id last_connection_ = 0;
  std::vector<attempt> attempts_;
};

}  // namespace parley::simulation
