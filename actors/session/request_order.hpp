#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "actors/contract/values/ids.hpp"
#include "actors/contract/values/request.hpp"

namespace parley {

/// Requests of one connection to one conversation take effect in the order sent. Writes keep their
/// order by themselves (see `outstanding_writes`) and reads do not disturb each other, so only a change
/// from one to the other waits, here. Bounded by the unanswered requests of the connection.
class request_order {
public:
  enum class lane : std::uint8_t { write, read };

  /// Whether the request may start now; if not it is kept, and `leave` hands it out later.
  bool enter(conversation_id conversation, lane kind, const client_request& request);
  /// A request has been answered; what may start now, in order. What comes back counts as entered.
  std::vector<client_request> leave(conversation_id conversation, std::uint64_t ordinal);
  /// Whether it has started and was not taken out since.
  [[nodiscard]] bool is_running(conversation_id conversation, std::uint64_t ordinal) const;
  /// Takes out everything that waits: it is refused together with what it waits for.
  std::vector<request_id> take_waiting(conversation_id conversation);
  /// Takes out everything that runs and was asked after `ordinal`, for the same reason.
  std::vector<request_id> take_running_after(conversation_id conversation, std::uint64_t ordinal);

private:
  struct waiting {
    lane kind = lane::write;
    client_request request;
  };
  struct running_request {
    std::uint64_t ordinal = 0;
    request_id id = 0;
  };
  struct state {
    lane current = lane::write;
    std::vector<running_request> running_requests;
    std::deque<waiting> waiting_requests;
  };
  std::unordered_map<conversation_id, state> conversations_;
};

}  // namespace parley
