#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "actors/contract/values/limits.hpp"
#include "actors/contract/values/ports/call_forwarding.hpp"
#include "transport/http_api.hpp"
#include "transport/http_rules.hpp"
#include "transport/polling/polling_sessions.hpp"

namespace parley {

/// The calls below /v1/sessions: the same session without a WebSocket. Knows no sockets.
class polling_api {
public:
  /// `origins` must outlive this object.
  polling_api(session_gateway& gateway, const limits& rules, const origin_rules& origins,
              const polling_options& options, std::shared_ptr<call_forwarding> forwarding = nullptr)
      : rules_(rules),
        origins_(origins),
        forwarding_(std::move(forwarding)),
        sessions_(gateway, rules, options, forwarding_ ? forwarding_->mark() : std::string{}) {}

  /// Whether a target is one of these.
  static bool serves(std::string_view target);
  /// How large a body may be that follows this head; nothing: as everywhere.
  [[nodiscard]] std::optional<std::size_t> body_bytes_max(std::string_view head) const;
  /// What is refused before its body is read, since a stranger's is not to be kept.
  std::optional<http_response> refuse_before_body(const http_request& head);
  /// The same for a large body, where another node has to say it: whether this is so, and then `decided` is
  /// told exactly once, now or later and then from another thread.
  using decision = std::function<void(std::optional<http_response> refused)>;
  bool is_decided_elsewhere(const http_request& head, const decision& decided);
  /// Answers exactly once, now or later and then from another thread.
  void answer(const http_request& request, const std::string& peer, const http_api::responder& respond);
  /// Answers what a client asked another node, likewise.
  void answer_for_peer(forwarded_call call, const std::function<void(forwarded_answer)>& respond);

  void look(polling_session::clock::time_point now) { sessions_.look(now); }
  void shut_down();

private:
  enum class sessions_of : std::uint8_t { this_node, all_nodes };
  void answer_call(const http_request& request, sessions_of whom, const http_api::responder& respond);
  void forward(incarnation_id node, const http_request& request, const http_api::responder& respond);
  [[nodiscard]] std::optional<incarnation_id> other_node_with(std::string_view session) const;
  [[nodiscard]] std::chrono::milliseconds time_for(const http_request& request) const;
  void create(const http_request& request, const std::string& peer, const http_api::responder& respond);
  void ask(const http_request& request, polling_session& session, const http_api::responder& respond) const;
  static void give_events(const http_request& request, polling_session& session,
                          const http_api::responder& respond);
  [[nodiscard]] bool is_allowed(const http_request& request) const;

  const limits rules_;
  const origin_rules& origins_;
  const std::shared_ptr<call_forwarding> forwarding_;
  polling_sessions sessions_;
};

}  // namespace parley
