#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/contract/values/failure.hpp"
#include "actors/link/stream.hpp"

/// What goes over a wire, one string of bytes each: a hello first, then batches of messages. Bytes are not
/// believed: whatever does not fit is an error value, and nothing is allocated for what is not there.
namespace parley {

/// Nodes speak to each other only if this is the same; it changes whenever a frame or a message does.
inline constexpr std::uint32_t link_protocol_version = 2;

/// Messages with consecutive numbers, and how far the other direction is. A heartbeat has no messages, and
/// the number of the next one: what was lost on the way shows even when nothing follows it.
struct batch_frame {
  stream_id stream;
  std::uint64_t acknowledged = 0;
  std::uint64_t first = 0;
  std::vector<std::string_view> messages;  // within the bytes of the frame
};

using wire_frame = std::variant<stream_hello, batch_frame>;

[[nodiscard]] std::string encode_hello(const stream_hello& hello);
[[nodiscard]] std::string encode_heartbeat(stream_id stream, std::uint64_t acknowledged, std::uint64_t next);
[[nodiscard]] std::string encode_batch(stream_id stream, std::uint64_t acknowledged,
                                       const outgoing_stream::batch& messages);
/// Puts a message behind others of a batch.
void append_message(std::string& batch, std::string_view message);

/// `unsupported`: a version of the protocol that this one does not speak; `bad_request`: no frame at all.
/// What it returns points into the bytes.
[[nodiscard]] outcome<wire_frame> decode_frame(std::string_view bytes);

}  // namespace parley
