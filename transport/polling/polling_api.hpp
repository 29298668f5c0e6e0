#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "actors/contract/values/limits.hpp"
#include "transport/http_api.hpp"
#include "transport/http_rules.hpp"
#include "transport/polling/polling_sessions.hpp"

namespace parley {

/// The calls below /v1/sessions: the same session without a WebSocket. Knows no sockets.
class polling_api {
public:
  /// `origins` must outlive this object.
  polling_api(session_gateway& gateway, const limits& rules, const origin_rules& origins,
              const polling_options& options)
      : rules_(rules), origins_(origins), sessions_(gateway, rules, options) {}

  /// Whether a target is one of these.
  static bool serves(std::string_view target);
  /// How large a body may be that follows this head; nothing: as everywhere.
  [[nodiscard]] std::optional<std::size_t> body_bytes_max(std::string_view head) const;
  /// What is refused before its body is read, since a stranger's is not to be kept.
  std::optional<http_response> refuse_before_body(const http_request& head);
  /// Answers exactly once, now or later and then from another thread.
  void answer(const http_request& request, const std::string& peer, const http_api::responder& respond);

  void look(polling_session::clock::time_point now) { sessions_.look(now); }
  void shut_down() { sessions_.shut_down(); }

private:
  void create(const http_request& request, const std::string& peer, const http_api::responder& respond);
  void ask(const http_request& request, polling_session& session, const http_api::responder& respond) const;
  static void give_events(const http_request& request, polling_session& session,
                          const http_api::responder& respond);
  [[nodiscard]] bool is_allowed(const http_request& request) const;

  const limits rules_;
  const origin_rules& origins_;
  polling_sessions sessions_;
};

}  // namespace parley
