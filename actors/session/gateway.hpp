#pragma once

#include <atomic>
#include <caf/fwd.hpp>
#include <memory>
#include <string>

#include "actors/contract/values/ports/session_gateway.hpp"
#include "actors/session/session.hpp"

namespace parley {

/// Gives every connection its session actor.
class actor_gateway : public session_gateway {
public:
  /// `not_ready_because`: what `/readyz` asks; empty when ready.
  actor_gateway(caf::actor_system& system, std::shared_ptr<const session_environment> shared,
                std::function<std::string()> not_ready_because);

  std::shared_ptr<session_inbox> open(std::shared_ptr<outbox> out, std::string peer_address) override;
  [[nodiscard]] std::string not_ready_because() const override;
  /// No further sessions are opened.
  void close() { open_.store(false); }

private:
  caf::actor_system& system_;
  std::shared_ptr<const session_environment> shared_;
  std::function<std::string()> not_ready_because_;
  std::atomic<std::int64_t> last_session_{0};
  std::atomic<bool> open_{true};
};

}  // namespace parley
