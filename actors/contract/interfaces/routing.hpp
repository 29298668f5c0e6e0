#pragma once

#include <caf/send.hpp>
#include <utility>

#include "actors/contract/interfaces/directory.hpp"

namespace parley {

/// To the shard that a message's entity lies in, wherever it lives. Lost when nobody is known to own it:
/// what matters is sent again when somebody does (see `owners_changed`).
template <class Message>
void send_to_owner(const directory& where, Message message) {
  const auto owner = where.ways.owner_of(shard_of(message.header.entity));
  if (owner == where.node) return caf::anon_send(where.shard(message.header.entity), std::move(message));
  if (const auto link = where.ways.link_to(owner))
    caf::anon_send(link, send_to_peer{message_to_shard{std::move(message)}});
}

/// To the relay of a node, for sessions there. Lost when there is no such node.
template <class Message>
void send_to_node(const directory& where, incarnation_id node, Message message) {
  if (node == where.node) return caf::anon_send(where.relay, std::move(message));
  if (const auto link = where.ways.link_to(node))
    caf::anon_send(link, send_to_peer{message_to_relay{std::move(message)}});
}

/// To the relays of all other nodes that there are.
template <class Message>
void send_to_peers(const directory& where, const Message& message) {
  if (const auto peers = where.ways.peers())
    for (const auto& peer : *peers) caf::anon_send(peer.link, send_to_peer{message_to_relay{message}});
}

/// To the relays of all nodes that there are.
template <class Message>
void send_to_all_nodes(const directory& where, const Message& message) {
  caf::anon_send(where.relay, message);
  send_to_peers(where, message);
}

}  // namespace parley
