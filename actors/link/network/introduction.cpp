#include "actors/link/network/introduction.hpp"

#include <utility>

#include "actors/link/archive.hpp"
#include "actors/link/frames.hpp"

namespace parley {

namespace {
constexpr std::string_view greeting = "parley link";
}

std::string encode_introduction(const introduction& of) {
  std::string bytes;
  link_bytes::packer to(bytes);
  to.text(greeting);
  to(of.version, of.from, of.to, of.name);
  return bytes;
}

std::optional<introduction> decode_introduction(std::string_view bytes) {
  link_bytes::unpacker from(bytes);
  if (from.piece() != greeting) return std::nullopt;
  introduction of;
  from(of.version);
  // What follows may be something else in another version.
  if (from.ok() && of.version != link_protocol_version) return of;
  from(of.from, of.to, of.name);
  return from.complete() ? std::optional(std::move(of)) : std::nullopt;
}

piece_reader::finding piece_reader::next(std::string& piece) {
  const auto rest = std::string_view(buffer_).substr(taken_);
  if (rest.size() >= length_bytes) {
    std::uint32_t length = 0;
    link_bytes::unpacker(rest).number(length);
    if (length > bytes_max_) return finding::too_long;
    if (rest.size() - length_bytes >= length) {
      piece.assign(rest.substr(length_bytes, length));
      taken_ += length_bytes + length;
      return finding::piece;
    }
  }
  buffer_.erase(0, taken_);
  taken_ = 0;
  // After a large piece, what it needed is given back.
  if (buffer_.empty() && buffer_.capacity() > 262'144) buffer_ = {};
  return finding::nothing_yet;
}

void piece_reader::put_length(std::size_t bytes, std::string& to) {
  link_bytes::packer(to).number(static_cast<std::uint32_t>(bytes));
}

}  // namespace parley
