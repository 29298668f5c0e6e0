#include "tests/simulation/simulated_node.hpp"

#include <caf/all.hpp>
#include <chrono>
#include <string>
#include <utility>

namespace parley::simulation {

simulated_node::testing_config::testing_config() { set("scheduler.policy", caf::atom("testing")); }

simulated_node::simulated_node()
    : scheduler_(dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())) {}

void simulated_node::start(parts from) {
  node_ports ports;
  ports.writers = std::move(from.writers);
  ports.readers = std::move(from.readers);
  ports.codec = frames_;
  ports.group_members_max = from.rules.group_members;
  ports.devices_max = from.rules.devices;
  ports.request_timeout = from.rules.request_timeout;
  node_ = std::make_unique<node_actors>(system_, incarnation_id{7}, std::move(ports),
                                        node_actors::blocking::scheduled);
  auto environment = std::make_shared<session_environment>();
  environment->where = node_->where();
  environment->codec = frames_;
  environment->rules = from.rules;
  environment->node_name = "simulated";
  environment->epoch = [status = node_->status()] { return status->epoch(); };
  environment->new_conversation_id = std::move(from.new_conversation_id);
  environment->door = std::make_shared<admissions>(from.rules.admissions_per_second);
  gateway_ = std::make_unique<actor_gateway>(system_, environment, [] { return std::string{}; });
}

std::int64_t simulated_node::now_ms() const {
  const auto since = scheduler_.clock().now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

simulated_node::~simulated_node() {
  if (gateway_) gateway_->close();
  if (node_) node_->stop();
  do {
    while (scheduler_.try_run_once()) {
    }
    // Pending timeouts would keep the system waiting.
  } while (scheduler_.trigger_timeouts() > 0 || scheduler_.has_job());
}

}  // namespace parley::simulation
