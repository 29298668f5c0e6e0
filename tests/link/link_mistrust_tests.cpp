#include <gtest/gtest.h>

#include <map>

#include "actors/contract/values/node_counters.hpp"
#include "actors/link/codec.hpp"
#include "tests/link/support_pair.hpp"

namespace parley {
namespace {

TEST(LinkMistrust, BelievesNoOtherIncarnation) {
  for (const auto& [from, to] : std::map<std::int64_t, std::int64_t>{{2'001, 1'000}, {2'000, 1'001}}) {
    link_pair pair;
    pair.connect();
    caf::anon_send(pair.one().link, wire_received{pair.other().node, pair.one().connection,
                                                  encode_hello({{from}, {to}, 1, {}, 0, 1, 0})});
    pair.settle();
    EXPECT_FALSE(pair.one().way->is_open);
    EXPECT_TRUE(pair.one().placement.empty());
  }
}

TEST(LinkMistrust, BelievesNothingBeforeAHelloAndNoSecondOne) {
  link_pair early;
  early.connect();
  caf::anon_send(early.one().link, wire_received{early.other().node, 1, encode_heartbeat({1, 1}, 0, 1)});
  early.settle();
  EXPECT_FALSE(early.one().way->is_open);

  link_pair twice;
  twice.establish();
  caf::anon_send(twice.one().link,
                 wire_received{twice.other().node, 1, encode_hello({{2'000}, {1'000}, 1, {}, 0, 1, 0})});
  twice.settle();
  EXPECT_FALSE(twice.one().way->is_open);
}

TEST(LinkMistrust, IgnoresFramesOfAnotherStreamAndOfAnEarlierWire) {
  link_pair pair;
  pair.establish();
  outgoing_stream forged;
  ASSERT_EQ(forged.add(encode_message(message_to_relay{resend_wanted{{}, {}, 9}}), {}),
            outgoing_stream::admission::kept);
  const auto batch = *forged.next_batch(1'000);
  caf::anon_send(pair.one().link, wire_received{pair.other().node, 1, encode_batch({7, 7}, 0, batch)});
  caf::anon_send(pair.one().link, wire_received{pair.other().node, 0, encode_batch({1, 1}, 0, batch)});
  pair.settle();
  EXPECT_EQ(pair.one().relay, journal{"state again"});
  EXPECT_TRUE(pair.one().way->is_open);
  caf::anon_send(pair.one().link, wire_received{pair.other().node, 1, encode_batch({1, 1}, 0, batch)});
  pair.settle();
  EXPECT_EQ(pair.one().relay, (journal{"state again", "9"}));
}

TEST(LinkMistrust, ClosesTheWireOnBytesThatMakeNoSense) {
  link_pair pair;
  pair.establish();
  const auto broken = counters.link.broken.value();
  caf::anon_send(pair.one().link, wire_received{pair.other().node, 1, "GET / HTTP/1.1\r\n\r\n"});
  pair.settle();
  EXPECT_FALSE(pair.one().way->is_open);
  EXPECT_EQ(counters.link.broken.value() - broken, 1U);
}

TEST(LinkMistrust, BeginsAnewAfterAMessageThatMakesNoSense) {
  link_pair pair;
  pair.establish();
  outgoing_stream forged;
  ASSERT_EQ(forged.add("\x09", {}), outgoing_stream::admission::kept);
  caf::anon_send(pair.one().link,
                 wire_received{pair.other().node, 1, encode_batch({1, 1}, 0, *forged.next_batch(1'000))});
  pair.settle();
  EXPECT_FALSE(pair.one().way->is_open);
  pair.cut();
  pair.establish();
  EXPECT_EQ(pair.other().relay, (journal{"state again", "state again"}));
}

TEST(LinkMistrust, ClosesTheWireOnAnAcknowledgementOfWhatWasNeverSent) {
  link_pair pair;
  pair.establish();
  caf::anon_send(pair.one().link, wire_received{pair.other().node, 1, encode_heartbeat({1, 1}, 5, 1)});
  pair.settle();
  EXPECT_FALSE(pair.one().way->is_open);
}

}  // namespace
}  // namespace parley
