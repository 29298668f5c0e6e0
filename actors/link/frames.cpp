#include "actors/link/frames.hpp"

#include <utility>

#include "actors/link/archive.hpp"

namespace parley {

namespace link_bytes {

template <class Archive>
void fields(Archive& each, archived<Archive, stream_id>& of) {
  auto& [smaller, larger] = of;
  each(smaller, larger);
}

template <class Archive>
void fields(Archive& each, archived<Archive, stream_hello>& of) {
  auto& [from, to, connection, stream, received, oldest, newest] = of;
  each(from, to, connection, stream, received, oldest, newest);
}

}  // namespace link_bytes

namespace {

enum class frame_kind : std::uint8_t { hello = 1, batch = 2 };

/// Shown to people who point something else at a node's port, and to nodes of another version.
failure malformed(const link_bytes::unpacker& from) {
  return {errc::bad_request, "no frame of a link: wrong at byte " + std::to_string(from.position()), {}};
}

}  // namespace

std::string encode_hello(const stream_hello& hello) {
  std::string bytes;
  link_bytes::packer to(bytes);
  to.number(static_cast<std::uint8_t>(frame_kind::hello));
  to(link_protocol_version, hello);
  return bytes;
}

std::string encode_batch(stream_id stream, std::uint64_t acknowledged,
                         const outgoing_stream::batch& messages) {
  std::string bytes;
  bytes.reserve(64 + messages.bytes.size());
  link_bytes::packer to(bytes);
  to.number(static_cast<std::uint8_t>(frame_kind::batch));
  to(stream, acknowledged, messages.first, messages.count);
  bytes += messages.bytes;
  return bytes;
}

std::string encode_heartbeat(stream_id stream, std::uint64_t acknowledged, std::uint64_t next) {
  return encode_batch(stream, acknowledged, {next, 0, {}});
}

void append_message(std::string& batch, std::string_view message) { link_bytes::packer(batch).text(message); }

outcome<wire_frame> decode_frame(std::string_view bytes) {
  link_bytes::unpacker from(bytes);
  std::uint8_t kind = 0;
  from(kind);
  if (kind == static_cast<std::uint8_t>(frame_kind::hello)) {
    std::uint32_t version = 0;
    from(version);
    if (from.ok() && version != link_protocol_version)
      return failure{errc::unsupported,
                     "the peer speaks version " + std::to_string(version) +
                         " of the links' protocol, and we " + std::to_string(link_protocol_version),
                     {}};
    stream_hello hello;
    from(hello);
    if (!from.complete()) return malformed(from);
    return wire_frame{hello};
  }
  if (kind != static_cast<std::uint8_t>(frame_kind::batch)) from.refuse();
  batch_frame batch;
  from(batch.stream, batch.acknowledged, batch.first);
  for (auto left = from.count(); left > 0 && from.ok(); --left) batch.messages.push_back(from.piece());
  if (!from.complete()) return malformed(from);
  return wire_frame{std::move(batch)};
}

}  // namespace parley
