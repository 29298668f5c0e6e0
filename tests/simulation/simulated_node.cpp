#include "tests/simulation/simulated_node.hpp"

#include <caf/all.hpp>
#include <chrono>
#include <string>
#include <utility>

namespace parley::simulation {

simulated_node::testing_config::testing_config() { set("scheduler.policy", caf::atom("testing")); }

simulated_node::simulated_node(std::shared_ptr<const frame_table> frames, std::int64_t born_ms)
    : scheduler_(dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())),
      frames_(std::move(frames)) {
  scheduler_.clock().current_time += std::chrono::milliseconds{born_ms};
}

node_record simulated_node::alone() {
  node_record self;
  self.name = "simulated";
  self.incarnation = {7};
  return self;
}

void simulated_node::start(parts from) {
  node_ports ports;
  ports.writers = std::move(from.writers);
  ports.readers = std::move(from.readers);
  ports.registry = std::move(from.registry);
  ports.codec = frames_;
  ports.group_members_max = from.rules.group_members;
  ports.devices_max = from.rules.devices;
  ports.request_timeout = from.rules.request_timeout;
  ports.link = from.link;
  if (from.network) {
    ports.wires = std::make_shared<wire_news>();
    ports.network = from.network(ports.wires);
  }
  node_ =
      std::make_unique<node_actors>(system_, from.self, std::move(ports), node_actors::blocking::scheduled);
  auto environment = std::make_shared<session_environment>();
  environment->where = node_->where();
  environment->codec = frames_;
  environment->rules = from.rules;
  environment->node_name = from.self.name;
  environment->epoch = [status = node_->status()] { return status->epoch(); };
  environment->new_conversation_id = std::move(from.new_conversation_id);
  environment->door = std::make_shared<admissions>(from.rules.admissions_per_second);
  gateway_ = std::make_unique<actor_gateway>(system_, environment, [] { return std::string{}; });
}

std::int64_t simulated_node::now_ms() const {
  const auto since = scheduler_.clock().now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

void simulated_node::stop() {
  if (gateway_) gateway_->close();
  if (node_) node_->stop();
}

simulated_node::~simulated_node() {
  stop();
  do {
    while (scheduler_.try_run_once()) {
    }
    // Pending timeouts would keep the system waiting.
  } while (scheduler_.trigger_timeouts() > 0 || scheduler_.has_job());
}

}  // namespace parley::simulation
