#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/contract/values/ids.hpp"

namespace parley {

/// What both sides of a connection say before anything else: who they are, and whom they mean.
struct introduction {
  std::uint32_t version = 0;  // of the links' protocol; of another one nothing else is read
  incarnation_id from;
  incarnation_id to;
  std::string name;  // of the node
};

[[nodiscard]] std::string encode_introduction(const introduction& of);
[[nodiscard]] std::optional<introduction> decode_introduction(std::string_view bytes);

/// Pieces of bytes, each behind its length, out of a stream that arrives in any portions.
class piece_reader {
public:
  enum class finding : std::uint8_t { piece, nothing_yet, too_long };

  explicit piece_reader(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  void allow(std::size_t bytes_max) { bytes_max_ = bytes_max; }
  /// Where what arrives is appended.
  [[nodiscard]] std::string& buffer() { return buffer_; }
  /// The next piece that is complete.
  [[nodiscard]] finding next(std::string& piece);
  static void put_length(std::size_t bytes, std::string& to);
  static constexpr std::size_t length_bytes = 4;

private:
  std::string buffer_;
  std::size_t taken_ = 0;  // of the buffer
  std::size_t bytes_max_;
};

}  // namespace parley
