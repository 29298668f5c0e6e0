#include "tools/parley/topology/frames.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>

namespace parley::topology {

using client::outcome;
using client::problem;
using client::trouble;

namespace {

// Data of a few seconds is packed in a moment; a level above gains 3 % and takes three times as long.
constexpr int packing_level = 6;

const Bytef* bytes_of(std::string_view text) {
  return static_cast<const Bytef*>(static_cast<const void*>(text.data()));
}

std::uint32_t checksum(std::string_view text) {
  return static_cast<std::uint32_t>(::crc32_z(0, bytes_of(text), text.size()));
}

void put(std::string& to, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) to += static_cast<char>((number >> (8 * i)) & 0xffU);
}

std::uint64_t number_at(std::string_view from, std::size_t place, std::size_t bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes; ++i)
    number |= static_cast<std::uint64_t>(static_cast<unsigned char>(from[place + i])) << (8 * i);
  return number;
}

bool is_zero(std::string_view text) {
  return std::ranges::all_of(text, [](char each) { return each == '\0'; });
}

}  // namespace

std::string recording_header() {
  std::string out{recording_magic};
  put(out, recording_version, 4);
  return out;
}

outcome<std::string> packed(const frame& what) {
  if (what.text.size() > frame_bytes_max)
    return problem{trouble::failed,
                   fmt::format("{} MB at once do not fit into a recording (at most {} MB): record less, with "
                               "--kind, --node or --entity",
                               what.text.size() >> 20U, frame_bytes_max >> 20U)};
  std::string payload;
  payload += static_cast<char>(what.kind);
  put(payload, static_cast<std::uint64_t>(what.at), 8);
  put(payload, what.text.size(), 4);
  uLongf room = ::compressBound(static_cast<uLong>(what.text.size()));
  payload.resize(payload_header_bytes + room);
  const auto done =
      ::compress2(static_cast<Bytef*>(static_cast<void*>(payload.data() + payload_header_bytes)), &room,
                  bytes_of(what.text), static_cast<uLong>(what.text.size()), packing_level);
  if (done != Z_OK) return problem{trouble::failed, fmt::format("zlib cannot pack a record: code {}", done)};
  payload.resize(payload_header_bytes + room);
  std::string out;
  put(out, payload.size(), 4);
  put(out, checksum(payload), 4);
  put(out, checksum(out), 4);
  return out + payload;
}

frame_place next_frame(std::string_view rest) {
  using state = frame_place::state;
  if (rest.empty()) return {};
  if (rest.size() < frame_header_bytes) return {state::torn, 0, {}};
  const auto length = number_at(rest, 0, 4);
  // A file system that lost power may have given the file its length and not its bytes.
  if (number_at(rest, 8, 4) != checksum(rest.substr(0, 8)))
    return is_zero(rest)
               ? frame_place{state::torn, 0, {}}
               : frame_place{state::broken, 0, "the header of a record has another checksum than it says"};
  if (length < payload_header_bytes || length > frame_bytes_max)
    return {state::broken, 0, fmt::format("a record says that it has {} bytes", length)};
  if (rest.size() - frame_header_bytes < length) return {state::torn, 0, {}};
  const auto payload = rest.substr(frame_header_bytes, length);
  const auto all = frame_header_bytes + static_cast<std::size_t>(length);
  if (number_at(rest, 4, 4) == checksum(payload)) return {state::whole, all, {}};
  if (rest.size() == all && payload.back() == '\0') return {state::torn, 0, {}};
  return {state::broken, 0, "a record has another checksum than it says"};
}

frame peek(std::string_view whole) {
  return {whole[frame_header_bytes] == static_cast<char>(frame_kind::snapshot) ? frame_kind::snapshot
                                                                               : frame_kind::changes,
          static_cast<std::int64_t>(number_at(whole, frame_header_bytes + 1, 8)),
          {}};
}

outcome<frame> unpacked(std::string_view whole) {
  auto out = peek(whole);
  const auto expected = number_at(whole, frame_header_bytes + 9, 4);
  if (expected > frame_bytes_max)
    return problem{trouble::failed, "a record says that it unpacks to too many bytes"};
  out.text.resize(expected);
  auto room = static_cast<uLongf>(expected);
  const auto from = whole.substr(frame_header_bytes + payload_header_bytes);
  // An empty text has no place to write to, which zlib wants.
  std::array<Bytef, 1> nothing{};
  auto* into = out.text.empty() ? nothing.data() : static_cast<Bytef*>(static_cast<void*>(out.text.data()));
  const auto done = ::uncompress(into, &room, bytes_of(from), static_cast<uLong>(from.size()));
  if (done != Z_OK || room != expected)
    return problem{trouble::failed, fmt::format("a record does not unpack: zlib's code {}", done)};
  return out;
}

}  // namespace parley::topology
