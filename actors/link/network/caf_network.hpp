#pragma once

#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "actors/contract/values/ports/peer_network.hpp"
#include "actors/link/network/link_identity.hpp"
#include "actors/link/network/sockets.hpp"

namespace parley {

struct caf_network_settings {
  incarnation_id node;
  std::string name;
  std::string address;     // an IP address or name of this machine: `cluster.address`
  std::uint16_t port = 0;  // 0: any
  link_tls_files tls;      // all empty: plain, which is for loopback only
  std::chrono::milliseconds introduce_within{5'000};  // a stranger's connection ends after this
  std::size_t strangers_max = 64;                     // and makes way when there are so many
};

/// Wires between nodes over TCP, by brokers of CAF's middleman, under mutual TLS.
///
/// Nothing is published: CAF's own protocol between processes is not spoken on any port, and no actor of this
/// process can be called from outside. Dialling takes a thread for each attempt, so that a machine that does
/// not answer delays nobody else.
class caf_network : public peer_network {
public:
  /// Makes a system ready for networks; before the system is made.
  static void prepare(caf::actor_system_config& configuration);

  /// Listens. A failure begins with the key of the configuration that it is about. The network must be gone
  /// before the system is.
  static outcome<std::shared_ptr<caf_network>> open(caf::actor_system& system, caf_network_settings settings,
                                                    std::shared_ptr<wire_events> events);
  ~caf_network() override;
  caf_network(const caf_network&) = delete;
  caf_network& operator=(const caf_network&) = delete;

  /// `host:port` with the port that it got.
  [[nodiscard]] const std::string& address() const { return address_; }
  /// Reads the certificate, its key and the authority again, for connections that begin from now on; without
  /// TLS there is nothing to read.
  outcome<void> reload_certificates();

  void expect(std::vector<peer_address> peers) override;
  void dial(const peer_address& peer) override;
  void stop() override;

private:
  /// How threads that dial reach the broker, as long as there is one.
  struct way_in {
    std::mutex mutex;
    caf::actor broker;
    int dialling = 0;
  };
  caf_network() = default;
  template <class Message>
  static void tell(way_in& to, Message message);

  std::string address_;
  std::shared_ptr<link_identity> identity_;
  std::shared_ptr<wire_events> events_;
  std::shared_ptr<way_in> in_ = std::make_shared<way_in>();
  std::unique_ptr<acceptor> door_;
};

}  // namespace parley
