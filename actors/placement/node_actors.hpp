#pragma once

#include <caf/fwd.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "actors/contract/interfaces/directory.hpp"
#include "actors/contract/interfaces/history_watch_actor.hpp"
#include "actors/contract/interfaces/placement_actor.hpp"
#include "actors/contract/values/ports/call_forwarding.hpp"
#include "actors/contract/values/ports/cluster_registry.hpp"
#include "actors/contract/values/ports/encoder.hpp"
#include "actors/contract/values/ports/peer_network.hpp"
#include "actors/contract/values/ports/search_index.hpp"
#include "actors/link/links.hpp"
#include "actors/placement/node_status.hpp"

namespace parley {

/// The ways out that a node's actors are given.
struct node_ports {
  std::vector<std::shared_ptr<entry_log>> writers;
  std::vector<std::shared_ptr<log_queries>> readers;
  std::shared_ptr<search_index> index;  // none: nothing is indexed
  std::shared_ptr<cluster_registry> registry;
  std::shared_ptr<peer_network> network;  // none: a node alone
  link_options link;
  std::shared_ptr<wire_news> wires;  // what the network tells; with a network
  std::shared_ptr<const encoder> codec;
  std::size_t group_members_max = 100;                // 0: no limit
  std::size_t devices_max = 10;                       // connections of one user; 0: no limit
  std::chrono::milliseconds request_timeout{10'000};  // how long a question to the log may take
  std::chrono::milliseconds presence_grace{10'000};
};

/// The actors that every node has: relay, shards, writers, readers, placement. Sessions, users and
/// conversations come and go with their people.
class node_actors {
public:
  /// Whether actors that block (writers and readers) get threads of their own; a simulation schedules them.
  enum class blocking : std::uint8_t { own_threads, scheduled };

  /// `self`: name, incarnation, address and version of the node.
  node_actors(caf::actor_system& system, const node_record& self, node_ports ports, blocking where_blocking);
  [[nodiscard]] const std::shared_ptr<const directory>& where() const { return where_; }
  [[nodiscard]] const std::shared_ptr<node_status>& status() const { return status_; }
  /// The way of clients' calls to other nodes; none for a node alone.
  [[nodiscard]] const std::shared_ptr<call_forwarding>& forwarding() const { return forwarding_; }
  /// Where clients reach the node; operators read it.
  void listens_at(std::string url);
  /// Gives all shards to the other nodes; `status` says when that is done.
  void give_shards_away();
  /// Has all sessions tell their clients when to come back, answer what they have read, and end.
  void drain(std::chrono::milliseconds retry_after);
  /// How many sessions there are; nothing when that is not answered within this time. Not from an actor.
  [[nodiscard]] std::optional<std::size_t> count_sessions(std::chrono::milliseconds within) const;
  /// Asks all of them to end: sessions first, then what is at the writers is committed.
  void stop();

private:
  caf::actor_system& system_;
  std::shared_ptr<const directory> where_;
  std::shared_ptr<node_status> status_ = std::make_shared<node_status>();
  placement_actor placement_;
  history_watch_actor history_watch_;
  std::shared_ptr<peer_network> network_;
  links_actor links_;
  std::shared_ptr<call_forwarding> forwarding_;
};

}  // namespace parley
