#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "actors/link/codec.hpp"
#include "actors/link/frames.hpp"
#include "actors/link/network/introduction.hpp"
#include "tests/fuzz/support/check.hpp"

// What comes from another node: pieces of a connection; in each an introduction, a frame or a message.
// Whatever is read is exactly what would be written.

namespace {

using namespace parley;
using parley::testing::check;

void read_message(std::string_view bytes) {
  const auto message = decode_message(bytes);
  if (message.has_value())
    check(encode_message(message.value()) == bytes, "a message is read as it is written");
}

void read_frame(std::string_view bytes) {
  const auto read = decode_frame(bytes);
  if (read.has_error()) return;
  if (const auto* hello = std::get_if<stream_hello>(&read.value())) {
    check(encode_hello(*hello) == bytes, "a hello is read as it is written");
    return;
  }
  const auto& batch = std::get<batch_frame>(read.value());
  outgoing_stream::batch again{batch.first, 0, {}};
  for (const auto message : batch.messages) {
    append_message(again.bytes, message);
    ++again.count;
    read_message(message);
  }
  check(encode_batch(batch.stream, batch.acknowledged, again) == bytes, "a batch is read as it is written");
}

void read_introduction(std::string_view bytes) {
  const auto who = decode_introduction(bytes);
  if (who && who->version == link_protocol_version)
    check(encode_introduction(*who) == bytes, "an introduction is read as it is written");
}

/// The same pieces, whether everything comes at once or in portions.
void read_connection(std::string_view bytes) {
  constexpr std::size_t piece_max = 1'024;
  piece_reader at_once(piece_max);
  piece_reader in_portions(piece_max);
  at_once.buffer() = bytes;
  std::string one;
  std::string other;
  for (auto left = bytes;;) {
    const auto found = at_once.next(one);
    auto same = in_portions.next(other);
    for (; same == piece_reader::finding::nothing_yet && !left.empty(); same = in_portions.next(other)) {
      const auto portion = left.substr(0, 7);
      in_portions.buffer() += portion;
      left.remove_prefix(portion.size());
    }
    check(found == same, "portions make no difference");
    if (found != piece_reader::finding::piece) return;
    check(one == other, "portions change nothing");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read_message(bytes);
  read_frame(bytes);
  read_introduction(bytes);
  read_connection(bytes);
  return 0;
}
