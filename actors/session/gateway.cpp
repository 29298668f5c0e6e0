#include "actors/session/gateway.hpp"

#include <caf/all.hpp>
#include <utility>

#include "actors/contract/values/log_event.hpp"

namespace parley {

namespace {

/// The connection's handle on its session. Messages to an actor arrive in the order sent by one thread.
class actor_inbox : public session_inbox {
public:
  actor_inbox(session_id id, session_actor session) : id_(id), session_(std::move(session)) {}

  void receive(std::vector<client_request> requests) override {
    caf::anon_send(session_, requests_received{std::move(requests)});
  }
  void drained() override { caf::anon_send(session_, outbox_drained{}); }
  void closed() override { caf::anon_send(session_, connection_closed{}); }
  [[nodiscard]] session_id id() const override { return id_; }

private:
  session_id id_;
  session_actor session_;
};

}  // namespace

actor_gateway::actor_gateway(caf::actor_system& system, std::shared_ptr<const session_environment> shared,
                             std::function<std::string()> not_ready_because)
    : system_(system), shared_(std::move(shared)), not_ready_because_(std::move(not_ready_because)) {}

std::shared_ptr<session_inbox> actor_gateway::open(std::shared_ptr<outbox> out, std::string peer_address) {
  if (!open_.load()) return nullptr;
  const session_id id{last_session_.fetch_add(1) + 1};
  log(severity::debug, "session_opened", "a session was opened",
      {{"session", to_text(id)}, {"address", std::move(peer_address)}});
  return std::make_shared<actor_inbox>(id,
                                       system_.spawn(session, session_setup{id, std::move(out), shared_}));
}

std::string actor_gateway::not_ready_because() const {
  return open_.load() ? not_ready_because_() : "the node stops";
}

}  // namespace parley
