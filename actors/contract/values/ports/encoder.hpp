#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

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

/// Turns replies and events into frames. Implementations hold no state and may be called from any thread.
class encoder {
public:
  virtual ~encoder() = default;
  [[nodiscard]] virtual frame encode_reply(request_id id, const client_reply& reply) const = 0;
  [[nodiscard]] virtual frame encode_refusal(request_id id, const failure& problem) const = 0;
  [[nodiscard]] virtual frame encode_event(const client_event& event) const = 0;
};

}  // namespace parley
