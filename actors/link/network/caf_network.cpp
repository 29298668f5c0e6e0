#include "actors/link/network/caf_network.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/send.hpp>
#include <system_error>
#include <thread>
#include <utility>

#include "actors/link/network/wire_broker.hpp"

namespace parley {

namespace {

/// A machine that is there answers within a round trip.
constexpr std::chrono::milliseconds connect_within{1'500};
/// Attempts under way at once; a link makes one at a time.
constexpr int dialling_max = 256;

caf::behavior wire_broker(wire_broker_state::self_pointer self, wire_broker_setup setup) {
  return self->state.make_behavior(std::move(setup));
}

}  // namespace

void caf_network::prepare(caf::actor_system_config& configuration) {
  configuration.load<caf::io::middleman>();
}

outcome<std::shared_ptr<caf_network>> caf_network::open(caf::actor_system& system,
                                                        caf_network_settings settings,
                                                        std::shared_ptr<wire_events> events) {
  std::shared_ptr<caf_network> made{new caf_network};
  if (!settings.tls.certificate.empty()) {
    auto identity = link_identity::load(settings.tls);
    if (identity.has_error()) return identity.error();
    made->identity_ = std::move(identity.value());
  }
  auto listening = listen_on(settings.address, settings.port);
  if (listening.has_error()) return listening.error();
  made->address_ = address_of(settings.address, listening.value().port);
  made->events_ = events;
  wire_broker_setup setup;
  setup.node = settings.node;
  setup.name = settings.name;
  setup.identity = made->identity_;
  setup.events = std::move(events);
  setup.introduce_within = settings.introduce_within;
  setup.strangers_max = settings.strangers_max;
  const auto broker = system.middleman().spawn_broker(wire_broker, std::move(setup));
  made->in_->broker = broker;
  made->door_ = std::make_unique<acceptor>(std::move(listening.value().socket), [broker](descriptor socket) {
    caf::anon_send(broker, broker_message::accepted{std::make_shared<descriptor>(std::move(socket))});
  });
  return made;
}

caf_network::~caf_network() { stop(); }

outcome<void> caf_network::reload_certificates() { return identity_ ? identity_->reload() : outcome<void>{}; }

template <class Message>
void caf_network::tell(way_in& to, Message message) {
  const std::scoped_lock lock{to.mutex};
  if (to.broker) caf::anon_send(to.broker, std::move(message));
}

void caf_network::expect(std::vector<peer_address> peers) {
  tell(*in_, broker_message::expect{std::move(peers)});
}

void caf_network::dial(const peer_address& peer) {
  {
    const std::scoped_lock lock{in_->mutex};
    if (!in_->broker) return;
    if (in_->dialling >= dialling_max)
      return events_->failed(peer.incarnation, "too many attempts are under way");
    ++in_->dialling;
  }
  const auto attempt = [in = in_, events = events_, peer] {
    auto connected = connect_to(peer.address, connect_within);
    const std::scoped_lock lock{in->mutex};
    --in->dialling;
    if (!in->broker) return;
    if (connected.has_value())
      caf::anon_send(in->broker, broker_message::dialled{
                                     peer, std::make_shared<descriptor>(std::move(connected.value()))});
    else
      events->failed(peer.incarnation, connected.error().message);
  };
  try {
    // Not waited for: it ends by itself, and finds nobody to tell if that takes too long.
    std::thread(attempt).detach();
  } catch (const std::system_error& problem) {
    events_->failed(peer.incarnation, std::string("no thread to connect with: ") + problem.what());
    const std::scoped_lock lock{in_->mutex};
    --in_->dialling;
  }
}

void caf_network::stop() {
  // Both the links' keeper and the program may call it.
  std::unique_ptr<acceptor> door;
  const std::scoped_lock lock{in_->mutex};
  door = std::move(door_);
  if (!in_->broker) return;
  caf::anon_send(in_->broker, broker_message::stop{});
  in_->broker = {};
}

}  // namespace parley
