#include "actors/link/codec.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <functional>

#include "actors/link/frames.hpp"
#include "tests/link/support_archives.hpp"

namespace parley {
namespace {

std::string text_of(const routed_message& message) {
  link_bytes::printer to;
  to(message);
  return to.text;
}

/// Calls for every kind of message there is, filled by chance.
template <class Variant, std::size_t... Index>
void for_each_kind_of(link_bytes::filler& chance, const std::function<void(routed_message)>& call,
                      std::index_sequence<Index...> /*all*/) {
  (
      [&] {
        Variant message;
        chance.fill(message.template emplace<Index>());
        call(std::move(message));
      }(),
      ...);
}

template <std::size_t... Index>
void for_each_direction(link_bytes::filler& chance, const std::function<void(routed_message)>& call,
                        std::index_sequence<Index...> /*all*/) {
  (for_each_kind_of<std::variant_alternative_t<Index, routed_message>>(
       chance, call,
       std::make_index_sequence<std::variant_size_v<std::variant_alternative_t<Index, routed_message>>>{}),
   ...);
}

void for_each_kind(std::uint64_t seed, const std::function<void(routed_message)>& call) {
  link_bytes::filler chance(seed);
  for_each_direction(chance, call, std::make_index_sequence<std::variant_size_v<routed_message>>{});
}

TEST(Codec, BringsBackEveryFieldOfEveryKindOfMessage) {
  int kinds = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed)
    for_each_kind(seed, [&](const routed_message& message) {
      ++kinds;
      const auto back = decode_message(encode_message(message));
      ASSERT_TRUE(back.has_value()) << text_of(message) << back.error().message;
      ASSERT_EQ(text_of(back.value()), text_of(message));
    });
  // All that there are, at the time of writing: six for a shard, eleven for a relay, two for placement,
  // three for a forwarder.
  EXPECT_GE(kinds, 300 * 22);
}

TEST(Codec, WritesAMessageWithoutItsSharedPartsAsOneWithEmptyOnes) {
  const auto back = decode_message(encode_message(message_to_shard{signal_sent{}}));
  ASSERT_TRUE(back.has_value());
  const auto& signal = std::get<signal_sent>(std::get<message_to_shard>(back.value()));
  EXPECT_TRUE(signal.payload && signal.payload->empty());
}

TEST(Codec, RefusesEntriesThatAreNone) {
  const entries_published none{{}, std::make_shared<const std::vector<published_entry>>()};
  EXPECT_TRUE(decode_message(encode_message(message_to_relay{none})).has_error());
}

TEST(Codec, RefusesAShardThatThereIsNot) {
  for (const auto shard : {-1, shard_count}) {
    node_announced news;
    news.shards = {shard_index{shard}};
    EXPECT_TRUE(decode_message(encode_message(message_to_placement{news})).has_error());
  }
}

TEST(Codec, RefusesAMessageCutAnywhereOrWithSomethingBehindIt) {
  for_each_kind(7, [](const routed_message& message) {
    const auto bytes = encode_message(message);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      ASSERT_TRUE(decode_message(std::string_view(bytes).substr(0, size)).has_error()) << size;
    EXPECT_TRUE(decode_message(bytes + '\0').has_error());
  });
}

TEST(Codec, SaysWhereItIsWrong) {
  const auto read = decode_message("\x09");
  ASSERT_TRUE(read.has_error());
  EXPECT_EQ(read.error().code, errc::bad_request);
  EXPECT_EQ(read.error().message, "no message between nodes: wrong at byte 1");
}

std::size_t peak_kb() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<std::size_t>(used.ru_maxrss);
}

TEST(Codec, ReadsAnyDamageWithoutTakingMemoryForWhatIsNotThere) {
  const auto before = peak_kb();
  for_each_kind(8, [](const routed_message& message) {
    const auto bytes = encode_message(message);
    for (std::size_t place = 0; place + 4 <= bytes.size(); ++place) {
      auto damaged = bytes;
      damaged.replace(place, 4, "\xff\xff\xff\xff");
      static_cast<void>(decode_message(damaged));
      damaged.replace(place, 4, std::string("\x7f\xff\xff\xf0", 4));
      static_cast<void>(decode_message(damaged));
      damaged = bytes;
      damaged[place] = static_cast<char>(damaged[place] ^ 1);
      static_cast<void>(decode_message(damaged));
    }
  });
  EXPECT_LT(peak_kb() - before, 65'536U);
}

TEST(Frames, BringBackAHello) {
  const stream_hello hello{{11}, {12}, 3, {4, 5}, 6, 7, 8};
  const auto bytes = encode_hello(hello);
  const auto back = decode_frame(bytes);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(std::get<stream_hello>(back.value()), hello);
}

TEST(Frames, BringBackABatchAndItsAcknowledgement) {
  outgoing_stream stream;
  ASSERT_EQ(stream.add("one", {}), outgoing_stream::admission::kept);
  ASSERT_EQ(stream.add("", {}), outgoing_stream::admission::kept);
  const auto bytes = encode_batch({4, 5}, 9, *stream.next_batch(100));
  const auto back = decode_frame(bytes);
  ASSERT_TRUE(back.has_value());
  const auto& batch = std::get<batch_frame>(back.value());
  EXPECT_EQ(batch.stream, (stream_id{4, 5}));
  EXPECT_EQ(batch.acknowledged, 9U);
  EXPECT_EQ(batch.first, 1U);
  EXPECT_EQ(batch.messages, (std::vector<std::string_view>{"one", ""}));
}

TEST(Frames, BringBackAHeartbeatAsABatchOfNothing) {
  const auto bytes = encode_heartbeat({4, 5}, 9, 10);
  const auto back = decode_frame(bytes);
  ASSERT_TRUE(back.has_value());
  EXPECT_TRUE(std::get<batch_frame>(back.value()).messages.empty());
  EXPECT_EQ(std::get<batch_frame>(back.value()).first, 10U);
}

TEST(Frames, NameAVersionThatIsNotSpoken) {
  auto bytes = encode_hello({});
  ++bytes[4];  // the version stands behind the kind, most significant byte first
  const auto read = decode_frame(bytes);
  ASSERT_TRUE(read.has_error());
  EXPECT_EQ(read.error().code, errc::unsupported);
  EXPECT_EQ(read.error().message, "the peer speaks version 3 of the links' protocol, and we 2");
}

TEST(Frames, RefuseWhatIsNoFrame) {
  EXPECT_TRUE(decode_frame("").has_error());
  EXPECT_TRUE(decode_frame("GET / HTTP/1.1\r\n\r\n").has_error());
  const auto hello = encode_hello({});
  for (std::size_t size = 0; size < hello.size(); ++size)
    EXPECT_TRUE(decode_frame(std::string_view(hello).substr(0, size)).has_error());
  auto batch = encode_heartbeat({4, 5}, 9, 10);
  batch.replace(batch.size() - 4, 4, "\xff\xff\xff\xff");
  EXPECT_TRUE(decode_frame(batch).has_error());
}

}  // namespace
}  // namespace parley
