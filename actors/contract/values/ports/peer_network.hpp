#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/contract/values/ids.hpp"

namespace parley {

/// One connection to a peer. What is sent arrives in order or not at all; the connection may end at any
/// moment, and then nobody says what has arrived. Any thread; returns at once.
class wire {
public:
  virtual ~wire() = default;
  virtual void send(std::string bytes) = 0;
  /// Ends the connection; nothing of it arrives any more.
  virtual void close() = 0;
};

/// Who the peer is and where it listens.
struct peer_address {
  incarnation_id incarnation;
  std::string name;
  std::string address;  // `host:port`
  friend bool operator==(const peer_address&, const peer_address&) = default;
};

/// What a network tells of the connections of this node. Any thread; returns at once.
class wire_events {
public:
  virtual ~wire_events() = default;
  /// A connection to this peer stands, whoever opened it. `connection` is unique on this node, and grows.
  virtual void opened(incarnation_id peer, std::uint64_t connection, std::shared_ptr<wire> way) = 0;
  virtual void received(incarnation_id peer, std::uint64_t connection, std::string bytes) = 0;
  virtual void closed(incarnation_id peer, std::uint64_t connection) = 0;
  /// A dialled connection did not come to be.
  virtual void failed(incarnation_id peer, std::string why) = 0;
};

/// How a node reaches its peers, and is reached by them.
class peer_network {
public:
  virtual ~peer_network() = default;
  /// Who may connect; strangers are told nothing. Called again whenever that changes.
  virtual void expect(std::vector<peer_address> peers) = 0;
  /// Begins to connect; `opened` or `failed` follows within a few seconds.
  virtual void dial(const peer_address& peer) = 0;
  /// Ends all connections and takes no further ones.
  virtual void stop() = 0;
};

}  // namespace parley
