#include "actors/link/codec.hpp"

#include "actors/link/message_fields.hpp"

namespace parley {

std::string encode_message(const routed_message& message) {
  std::string bytes;
  link_bytes::packer to(bytes);
  to(message);
  return bytes;
}

outcome<routed_message> decode_message(std::string_view bytes) {
  link_bytes::unpacker from(bytes);
  routed_message message;
  from(message);
  if (!from.complete())
    return failure{
        errc::bad_request, "no message between nodes: wrong at byte " + std::to_string(from.position()), {}};
  return message;
}

}  // namespace parley
