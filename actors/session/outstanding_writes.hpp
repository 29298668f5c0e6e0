#pragma once

#include <caf/actor_clock.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "actors/contract/values/conversation_ask.hpp"
#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/ids.hpp"
#include "actors/contract/values/request.hpp"
#include "actors/contract/values/trace.hpp"

namespace parley {

/// How a writing request is answered.
enum class reply_shape : std::uint8_t {
  written,
  marked_read,
  nothing,
  opened_direct,
  opened_group,
  blocks_changed
};

/// Whether the client named the conversation, so that the request has its place among the others to it.
constexpr bool is_ordered(reply_shape shape) {
  return shape != reply_shape::opened_direct && shape != reply_shape::opened_group &&
         shape != reply_shape::blocks_changed;
}

/// A writing request that was forwarded and is not answered yet.
struct outstanding_write {
  using time_point = caf::actor_clock::time_point;
  request_id id = 0;
  std::uint64_t ordinal = 0;  // of the request within its connection
  conversation_id conversation;
  std::uint64_t line = 0;  // 0: not sent yet
  std::uint64_t number = 0;
  conversation_ask what;
  std::optional<failure> defect;
  reply_shape shape = reply_shape::written;
  trace_context trace;
  time_point asked;
  bool sent_again = false;  // an earlier copy may have taken effect, or still be going to
};

/// A session's writing requests on their way, numbered per conversation within a line.
///
/// A conversation takes only the next number of the newest line, so requests take effect in the order
/// sent whatever is lost on the way: sending again opens a new line with all that is unanswered, and a
/// temporary refusal ends a line together with everything after the refused request. What comes after
/// that waits until the rest of the ended line is answered: a conversation that starts anew could not
/// tell that something before it is missing.
class outstanding_writes {
public:
  using time_point = outstanding_write::time_point;

  /// Numbers a request; what comes back is to be sent, nothing when it has to wait for `release`.
  std::optional<outstanding_write> add(outstanding_write request);
  /// What may be sent now that the rest of an ended line has been answered, numbered.
  std::vector<outstanding_write> release(conversation_id conversation, time_point now);
  /// Takes out the answered request; nothing for an answer that came before, or of an older line
  /// (the request was sent again: that answer counts).
  std::optional<outstanding_write> answered(conversation_id conversation, std::uint64_t line,
                                            std::uint64_t number);
  /// Takes out what came after `number` of this line; the next request opens a new line.
  std::vector<outstanding_write> end_line(conversation_id conversation, std::uint64_t line,
                                          std::uint64_t number);
  /// Numbers all unanswered requests anew on a new line, to be sent in this order. Nothing when `line`
  /// is given and no longer the newest: they were sent again already.
  std::vector<outstanding_write> renumber(conversation_id conversation, std::optional<std::uint64_t> line,
                                          time_point now);
  /// Conversations whose oldest request was asked before `deadline`.
  [[nodiscard]] std::vector<conversation_id> asked_before(time_point deadline) const;
  /// Conversations that were last sent something before `deadline`, and have unanswered requests.
  [[nodiscard]] std::vector<conversation_id> sent_before(time_point deadline) const;
  /// Takes out everything of a conversation.
  std::vector<outstanding_write> take_all(conversation_id conversation);
  [[nodiscard]] bool empty() const { return lines_.empty(); }

private:
  struct conversation_line {
    std::uint64_t line = 0;
    std::uint64_t last_number = 0;
    time_point last_sent;
    bool ended = false;                         // further requests wait until those sent have been answered
    std::vector<outstanding_write> unanswered;  // in the order sent
  };
  std::unordered_map<conversation_id, conversation_line> lines_;
  std::uint64_t last_line_ = 0;
};

}  // namespace parley
