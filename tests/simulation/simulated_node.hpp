#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "actors/contract/values/limits.hpp"
#include "actors/placement/node_actors.hpp"
#include "actors/session/gateway.hpp"
#include "tests/simulation/frame_table.hpp"

namespace parley::simulation {

/// The real actors of one node in one thread, on virtual time: nothing moves unless it is told to.
class simulated_node {
public:
  struct parts {
    std::vector<std::shared_ptr<entry_log>> writers;
    std::vector<std::shared_ptr<log_queries>> readers;
    limits rules;
    std::function<conversation_id()> new_conversation_id;
  };

  simulated_node();
  /// Stops whatever is left, however long it takes.
  ~simulated_node();
  simulated_node(const simulated_node&) = delete;
  simulated_node& operator=(const simulated_node&) = delete;

  /// Starts the actors; called once. They hold their shards after some `run_once`s of the scheduler.
  void start(parts from);
  /// Virtual time since the start.
  [[nodiscard]] std::int64_t now_ms() const;
  [[nodiscard]] caf::scheduler::test_coordinator& scheduler() { return scheduler_; }
  [[nodiscard]] const directory& where() const { return *node_->where(); }
  [[nodiscard]] session_gateway& gateway() { return *gateway_; }
  [[nodiscard]] node_actors& actors() { return *node_; }
  [[nodiscard]] const std::shared_ptr<const frame_table>& frames() const { return frames_; }

private:
  struct testing_config : caf::actor_system_config {
    testing_config();
  };

  testing_config config_;
  caf::actor_system system_{config_};
  caf::scheduler::test_coordinator& scheduler_;
  std::shared_ptr<const frame_table> frames_ = std::make_shared<frame_table>();
  std::unique_ptr<node_actors> node_;
  std::unique_ptr<actor_gateway> gateway_;
};

}  // namespace parley::simulation
