#include "tools/parley/bench/websocket_frames.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace parley::bench {

namespace {

// The example of RFC 6455, section 1.3. The key proves that a server, and no cache, has answered; a
// program that talks to one node it has just started needs no secret one.
constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

constexpr std::uint8_t final_bit = 0x80;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t reserved_bits = 0x70;

std::string lower(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char each) {
    return static_cast<char>(each >= 'A' && each <= 'Z' ? each + 32 : each);
  });
  return result;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The value of a header field, or empty.
std::string_view field(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const auto end = header.find("\r\n");
    const auto line = header.substr(0, end);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && lower(line.substr(0, colon)) == name)
      return trimmed(line.substr(colon + 1));
    if (end == std::string_view::npos) break;
    header.remove_prefix(end + 2);
  }
  return {};
}

bool known(std::uint8_t kind) { return kind <= 2 || (kind >= 8 && kind <= 10); }

}  // namespace

void append_frame(std::string& to, opcode kind, std::string_view payload, std::uint32_t mask) {
  std::array<unsigned char, 14> header{};
  std::size_t size = 2;
  header[0] = static_cast<unsigned char>(final_bit | static_cast<std::uint8_t>(kind));
  if (payload.size() < 126) {
    header[1] = static_cast<unsigned char>(mask_bit | payload.size());
  } else {
    const std::size_t digits = payload.size() < 65'536 ? 2 : 8;
    header[1] = static_cast<unsigned char>(mask_bit | (digits == 2 ? 126U : 127U));
    for (std::size_t i = 0; i < digits; ++i)
      header[size++] = static_cast<unsigned char>((payload.size() >> (8 * (digits - 1 - i))) & 0xFFU);
  }
  std::array<char, 4> masks{};
  std::memcpy(masks.data(), &mask, masks.size());
  std::memcpy(header.data() + size, masks.data(), masks.size());
  size += masks.size();
  const auto begin = to.size();
  to.resize(begin + size + payload.size());
  std::memcpy(to.data() + begin, header.data(), size);
  char* out = to.data() + begin + size;
  for (std::size_t i = 0; i < payload.size(); ++i) out[i] = static_cast<char>(payload[i] ^ masks[i & 3U]);
}

frame_found find_frame(const char* bytes, std::size_t size, std::size_t payload_max) {
  frame_found found;
  if (size < 2) return found;
  const auto at = [bytes](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  const std::uint8_t kind = at(0) & 0x0FU;
  found.final = (at(0) & final_bit) != 0;
  found.kind = static_cast<opcode>(kind);
  const bool control_is_split = kind >= 8 && !found.final;
  if ((at(0) & reserved_bits) != 0 || (at(1) & mask_bit) != 0 || !known(kind) || control_is_split) {
    found.status = frame_status::broken;
    return found;
  }
  const std::size_t length = at(1);
  const std::size_t digits = length < 126 ? 0 : length == 126 ? 2 : 8;
  if (size < 2 + digits) return found;
  std::uint64_t payload = digits == 0 ? length : 0;
  for (std::size_t i = 0; i < digits; ++i) payload = payload << 8U | at(2 + i);
  if (payload > payload_max) {
    found.status = frame_status::broken;
    return found;
  }
  found.header = 2 + digits;
  found.payload = static_cast<std::size_t>(payload);
  if (size - found.header >= found.payload) found.status = frame_status::whole;
  return found;
}

std::string upgrade_request(std::string_view host) {
  std::string request = "GET /v1/ws HTTP/1.1\r\nHost: ";
  request.append(host);
  request.append(
      "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Protocol: parley.v1\r\nSec-WebSocket-Key: ");
  request.append(key).append("\r\n\r\n");
  return request;
}

std::string why_not_upgraded(std::string_view header) {
  const auto status = header.substr(0, header.find("\r\n"));
  if (!status.starts_with("HTTP/1.1 101")) return "it answered " + std::string{status};
  if (lower(field(header, "upgrade")) != "websocket") return "its answer does not say Upgrade: websocket";
  if (field(header, "sec-websocket-accept") != accept) return "its Sec-WebSocket-Accept is wrong";
  if (field(header, "sec-websocket-protocol") != "parley.v1") return "it does not speak parley.v1";
  return {};
}

}  // namespace parley::bench
