#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/contract/values/ids.hpp"
#include "actors/contract/values/ports/outbox.hpp"
#include "actors/contract/values/request.hpp"

namespace parley {

/// A session as its connection sees it. Every function may be called from any thread and returns at once.
class session_inbox {
public:
  virtual ~session_inbox() = default;
  /// Requests in the order read, at least one: what the connection brought at once.
  virtual void receive(std::vector<client_request> requests) = 0;
  /// The outbox refused an event as `full` and has room again.
  virtual void drained() = 0;
  /// The connection is gone; the last call.
  virtual void closed() = 0;
  /// What the session is called in the log; 0: nothing.
  [[nodiscard]] virtual session_id id() const { return {}; }
};

/// Where a new connection gets its session.
class session_gateway {
public:
  virtual ~session_gateway() = default;
  /// Starts a session, which says `hello` by itself. Nothing when the node is stopping.
  virtual std::shared_ptr<session_inbox> open(std::shared_ptr<outbox> out, std::string peer_address) = 0;
  /// Whether the node serves: its shards are held and its database answers. What `/readyz` says;
  /// the text says what is missing, empty when ready.
  [[nodiscard]] virtual std::string not_ready_because() const = 0;
};

}  // namespace parley
