#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace parley::bench {

/// The client's side of RFC 6455, as far as this protocol needs it: no extensions.
/// Written by hand because one core has to keep up with a node: some 20 ns a frame.
enum class opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Appends one whole frame, masked with `mask` as clients must.
void append_frame(std::string& to, opcode kind, std::string_view payload, std::uint32_t mask);

enum class frame_status : std::uint8_t { whole, partial, broken };

/// The frame at the beginning of some bytes. `header` and `payload` are sizes, and both are known as
/// soon as the header is there: of a partial frame too, else they are 0.
struct frame_found {
  frame_status status = frame_status::partial;
  opcode kind = opcode::text;
  bool final = true;
  std::size_t header = 0;
  std::size_t payload = 0;
};

/// Looks at what a server sent. `broken`: masked, reserved bits, an unknown opcode or above `payload_max`.
frame_found find_frame(const char* bytes, std::size_t size, std::size_t payload_max);

/// The request that turns a connection into a WebSocket that speaks parley.v1.
std::string upgrade_request(std::string_view host);

/// Checks the answer to it (RFC 6455, section 4.1): status, subprotocol and accept key.
/// Empty when it is good, else what is wrong.
std::string why_not_upgraded(std::string_view response_header);

}  // namespace parley::bench
