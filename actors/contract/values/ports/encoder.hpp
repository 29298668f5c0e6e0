#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/reply.hpp"
#include "actors/contract/values/request.hpp"

namespace parley {

/// A frame for clients, encoded once and shared by everybody it goes to.
///
/// `bytes` may begin with what the transport puts before a payload (the WebSocket header), so that a
/// connection can send it as it is; `payload()` is the JSON text.
struct encoded_frame {
  std::string bytes;
  std::size_t payload_offset = 0;

  [[nodiscard]] std::string_view payload() const { return std::string_view(bytes).substr(payload_offset); }
};
using frame = std::shared_ptr<const encoded_frame>;

/// Frames that follow on each other, shared by everybody they go to.
struct frame_run {
  std::vector<frame> frames;
  /// The bytes of all of them, for a connection that takes the whole run; none above `joined_bytes_max`,
  /// where a copy costs more than the pieces do.
  frame joined;

  static constexpr std::size_t joined_bytes_max = 65'536;
};
using shared_run = std::shared_ptr<const frame_run>;

/// A run of these frames, at least one.
inline shared_run run_of(std::vector<frame> frames) {
  frame_run run{std::move(frames), nullptr};
  std::size_t bytes = 0;
  for (const auto& each : run.frames) bytes += each->bytes.size();
  if (run.frames.size() == 1) {
    run.joined = run.frames.front();
  } else if (bytes <= frame_run::joined_bytes_max) {
    auto all = std::make_shared<encoded_frame>();
    all->bytes.reserve(bytes);
    for (const auto& each : run.frames) all->bytes += each->bytes;
    run.joined = std::move(all);
  }
  return std::make_shared<const frame_run>(std::move(run));
}

/// Turns replies and events into frames. Implementations hold no state and may be called from any thread.
class encoder {
public:
  virtual ~encoder() = default;
  [[nodiscard]] virtual frame encode_reply(request_id id, const client_reply& reply) const = 0;
  [[nodiscard]] virtual frame encode_refusal(request_id id, const failure& problem) const = 0;
  [[nodiscard]] virtual frame encode_event(const client_event& event) const = 0;
};

}  // namespace parley
