#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/fuzz/support/check.hpp"
#include "tests/fuzz/support/conversation.hpp"
#include "transport/protocol/text_rules.hpp"

// What a client sends on a WebSocket, behind the handshake, through the node's own connection.

namespace {

using parley::is_utf8;
using parley::testing::check;

constexpr std::string_view handshake =
    "GET /v1/ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

std::size_t big_endian(std::string_view bytes) {
  std::size_t number = 0;
  for (const char byte : bytes) number = number << 8U | static_cast<unsigned char>(byte);
  return number;
}

/// Takes a frame of the server off the text, and holds it against RFC 6455. Nothing: cut by the end.
std::optional<unsigned> take_frame(std::string_view& text) {
  if (text.size() < 2) return std::nullopt;
  const auto first = static_cast<unsigned char>(text[0]);
  const auto second = static_cast<unsigned char>(text[1]);
  const unsigned opcode = first & 0x0FU;
  check((first & 0x70U) == 0 && (first & 0x80U) != 0, "no reserved bits, no fragments", text);
  check(opcode == 1 || opcode == 8 || opcode == 9 || opcode == 10, "a known opcode", text);
  check((second & 0x80U) == 0, "a server masks nothing", text);
  std::size_t size = second;
  std::size_t head = 2;
  if (size >= 126) {
    const std::size_t digits = size == 126 ? 2 : 8;
    if (text.size() < head + digits) return std::nullopt;
    size = big_endian(text.substr(head, digits));
    head += digits;
    check(size >= (digits == 2 ? 126U : 65'536U) && opcode == 1, "a length in its shortest form", text);
  }
  if (text.size() < head + size) return std::nullopt;
  const auto payload = text.substr(head, size);
  check(opcode == 9 || opcode == 10 ||
            is_utf8(opcode == 8 ? payload.substr(std::min<std::size_t>(2, size)) : payload),
        "a text is UTF-8", text);
  if (opcode == 8) check(size != 1, "a close frame has a whole code", text);
  text.remove_prefix(head + size);
  return opcode;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view frames{reinterpret_cast<const char*>(data), size};
  if (frames.empty()) return 0;
  const auto output = parley::testing::converse(handshake, frames);
  std::string_view rest = output;
  check(rest.starts_with("HTTP/1.1 101 "), "a good handshake is answered", rest);
  rest.remove_prefix(rest.find("\r\n\r\n") + 4);
  while (const auto opcode = take_frame(rest))
    if (*opcode == 8) {
      check(rest.empty(), "nothing follows a close frame", rest);
      break;
    }
  check(rest.empty(), "no frame is cut", rest);
  return 0;
}
