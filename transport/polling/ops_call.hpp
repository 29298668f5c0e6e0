#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/limits.hpp"
#include "actors/contract/values/ports/encoder.hpp"
#include "actors/contract/values/request.hpp"

namespace parley {

/// The body of an answer, or why there is none. Called once, on any thread.
using polling_answer = std::function<void(outcome<std::string>)>;

/// The requests in one body: a frame, or an array of them.
struct ops_body {
  std::vector<client_request> requests;
  bool is_array = false;
};

/// Reads the body of a call; all of it or nothing: `bad_request` when a frame could not be answered,
/// `too_large` for more frames than may be unanswered at once.
outcome<ops_body> read_ops(std::string_view body, const limits& rules);

/// One call with requests, until they are answered.
struct ops_call {
  struct slot {
    request_id id = 0;  // as the client numbered it
    frame reply;        // once there is one
  };

  /// The answers in the order asked; `unavailable` where there is none.
  [[nodiscard]] std::string body() const;

  std::vector<slot> slots;
  std::size_t open = 0;  // slots without a reply
  bool is_array = false;
  polling_answer respond;
  std::chrono::steady_clock::time_point deadline;
};

/// The id that a reply answers.
std::optional<request_id> id_of_reply(std::string_view reply);

}  // namespace parley
