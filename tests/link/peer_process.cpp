// A process with a network of wires, to be frozen, killed and annoyed. It expects one peer, answers each
// piece with the same, and ends with its standard input.
//
//     peer_process NODE PEER CERTIFICATE KEY CA

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <string>

#include "actors/link/network/caf_network.hpp"

namespace {

using namespace parley;

class echo : public wire_events {
public:
  void opened(incarnation_id /*peer*/, std::uint64_t connection, std::shared_ptr<wire> way) override {
    const std::scoped_lock lock{mutex_};
    ways_[connection] = std::move(way);
  }
  void received(incarnation_id /*peer*/, std::uint64_t connection, std::string bytes) override {
    const std::scoped_lock lock{mutex_};
    if (const auto known = ways_.find(connection); known != ways_.end())
      known->second->send(std::move(bytes));
  }
  void closed(incarnation_id /*peer*/, std::uint64_t connection) override {
    const std::scoped_lock lock{mutex_};
    ways_.erase(connection);
  }
  void failed(incarnation_id /*peer*/, std::string /*why*/) override {}
  void forget() {
    const std::scoped_lock lock{mutex_};
    ways_.clear();
  }

private:
  std::mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<wire>> ways_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  caf::actor_system_config configuration;
  configuration.set("scheduler.max-threads", 1U);
  caf_network::prepare(configuration);
  caf::actor_system system{configuration};
  const auto events = std::make_shared<echo>();
  caf_network_settings settings;
  settings.node = {std::atoll(argv[1])};
  settings.name = "peer";
  settings.address = "127.0.0.1";
  settings.tls = {argv[3], argv[4], argv[5]};
  settings.introduce_within = std::chrono::seconds(1);
  auto network = caf_network::open(system, settings, events);
  if (network.has_error()) {
    std::cerr << network.error().message << '\n';
    return 1;
  }
  network.value()->expect({{{std::atoll(argv[2])}, "node", ""}});
  std::cout << network.value()->address() << std::endl;
  std::cin.get();
  events->forget();
  network.value()->stop();
  return 0;
}
