#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tools/parley/client/problem.hpp"

// A recording's bytes. All numbers are little-endian.
//
//   file    = "PARLEYTP" version:u32 (1) frame*
//   frame   = payload_bytes:u32 crc32(payload):u32 crc32(the eight bytes before):u32 payload
//   payload = kind:u8 ('S' begins with a snapshot, 'C' changes only) at:i64 (ms since 1970) text_bytes:u32
//   zlib
//
// zlib (RFC 1950) holds text_bytes of JSON lines, as `parley topology watch` prints them. The two checksums
// tell a frame that was being written when the program died (it is the last one) from one that is damaged.

namespace parley::topology {

inline constexpr std::string_view recording_magic = "PARLEYTP";
inline constexpr std::uint32_t recording_version = 1;
inline constexpr std::size_t recording_header_bytes = 12;
inline constexpr std::size_t frame_header_bytes = 12;
inline constexpr std::size_t payload_header_bytes = 13;
/// Of one frame, packed and unpacked: a snapshot of all actors a cluster can show, with room.
inline constexpr std::uint32_t frame_bytes_max = 512U << 20U;

enum class frame_kind : char { snapshot = 'S', changes = 'C' };

/// One frame of a recording.
struct frame {
  frame_kind kind = frame_kind::changes;
  std::int64_t at = 0;  // of its first line, ms since 1970
  std::string text;     // JSON lines, each with its end
};

/// The beginning of every recording.
std::string recording_header();
/// The frame as bytes; a problem when its text is longer than a frame may be.
client::outcome<std::string> packed(const frame& what);

/// Where the next frame stands in these bytes.
struct frame_place {
  enum class state {
    whole,  // header and payload are there and sound
    over,   // nothing follows
    torn,   // what follows is the beginning of a frame, cut off
    broken  // what follows was changed after it was written
  };
  state how = state::over;
  std::size_t bytes = 0;  // of a whole frame: of header and payload
  std::string why;        // of a broken one
};

/// Looks at what follows in a file; `rest` are all of its bytes from there on.
frame_place next_frame(std::string_view rest);
/// The kind and the time of a whole frame's payload.
frame peek(std::string_view whole);
/// A whole frame, unpacked.
client::outcome<frame> unpacked(std::string_view whole);

}  // namespace parley::topology
