#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "actors/contract/values/cluster.hpp"
#include "actors/contract/values/limits.hpp"
#include "actors/contract/values/ports/peer_network.hpp"
#include "actors/placement/node_actors.hpp"
#include "actors/session/gateway.hpp"
#include "tests/simulation/frame_table.hpp"

namespace parley::simulation {

/// One life of a node: its real actors in one thread, on virtual time. Nothing moves unless it is told to.
class simulated_node {
public:
  struct parts {
    node_record self = alone();  // name, incarnation, address
    std::vector<std::shared_ptr<entry_log>> writers;
    std::vector<std::shared_ptr<log_queries>> readers;
    std::shared_ptr<cluster_registry> registry;
    /// The way to its peers, which tells the events; none: a node alone.
    std::function<std::shared_ptr<peer_network>(std::shared_ptr<wire_events>)> network;
    link_options link;
    limits rules;
    std::function<conversation_id()> new_conversation_id;
  };

  /// `born_ms`: what the virtual time is when its life begins.
  explicit simulated_node(std::shared_ptr<const frame_table> frames = std::make_shared<frame_table>(),
                          std::int64_t born_ms = 0);
  /// Stops whatever is left, however long it takes.
  ~simulated_node();
  simulated_node(const simulated_node&) = delete;
  simulated_node& operator=(const simulated_node&) = delete;

  /// Starts the actors; called once. They hold their shards after some `run_once`s of the scheduler.
  void start(parts from);
  /// Takes no further connections and asks all actors to end.
  void stop();
  /// Virtual time since the start of the simulation.
  [[nodiscard]] std::int64_t now_ms() const;
  [[nodiscard]] caf::scheduler::test_coordinator& scheduler() { return scheduler_; }
  [[nodiscard]] const directory& where() const { return *node_->where(); }
  [[nodiscard]] actor_gateway& gateway() { return *gateway_; }
  [[nodiscard]] node_actors& actors() { return *node_; }
  [[nodiscard]] const std::shared_ptr<const frame_table>& frames() const { return frames_; }

  /// A node called "simulated" without peers.
  static node_record alone();

private:
  struct testing_config : caf::actor_system_config {
    testing_config();
  };

  testing_config config_;
  caf::actor_system system_{config_};
  caf::scheduler::test_coordinator& scheduler_;
  std::shared_ptr<const frame_table> frames_;
  std::unique_ptr<node_actors> node_;
  std::unique_ptr<actor_gateway> gateway_;
};

}  // namespace parley::simulation
