#include <gmock/gmock.h>

#include "tests/transport/support/running_server.hpp"

// How a connection treats its client: limits, pings, and what is not the protocol.

namespace parley::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

std::string identify_request(std::int64_t id, std::size_t whole_bytes) {
  std::string text = R"({"id":)" + std::to_string(id) + R"(,"op":"identify","d":{"token":")";
  return text + std::string(whole_bytes - text.size() - 3, 't') + "\"}}";
}

class WebSocket : public ServerTest {
protected:
  void expect_close(strict_client& client, unsigned code) { EXPECT_EQ(client.read_to_close(), code); }
};

TEST_F(WebSocket, HandsRequestsToTheSessionInOrderAndSendsItsAnswers) {
  gateway.script(answer);
  start();
  auto alice = connected();
  for (int i = 1; i <= 200; ++i) alice.send_text(ping_request(i));
  for (int i = 1; i <= 200; ++i) ASSERT_EQ(alice.read_text(), std::to_string(i));
  EXPECT_EQ(gateway.session()->out->requests_read(), 200U);
  EXPECT_EQ(gateway.peer(), "127.0.0.1");
}

TEST_F(WebSocket, HandsOverTogetherWhatCameTogether) {
  gateway.script(answer);
  start();
  auto alice = connected();
  std::string all;
  for (int i = 1; i <= 8; ++i) all += client_frame(0x81, ping_request(i));
  alice.send_bytes(all);
  for (int i = 1; i <= 8; ++i) ASSERT_EQ(alice.read_text(), std::to_string(i));
  EXPECT_LE(gateway.session()->hand_overs(), 2U) << "one hand-over, or two if the kernel cut the bytes";
}

TEST_F(WebSocket, HandsOverARequestThatNonsenseFollows) {
  start();
  auto alice = connected();
  alice.send_bytes(client_frame(0x81, ping_request(1)) + client_frame(0x81, "nonsense"));
  expect_close(alice, 4400);
  EXPECT_EQ(gateway.session()->request(1).id, 1U);
}

TEST_F(WebSocket, EndsAtOnceThoughWhatFollowsIsNoFrameEither) {
  options.close_timeout = 60s;
  start();
  auto alice = connected();
  alice.send_bytes(client_frame(0x81, "nonsense") + client_frame(0xF1, "reserved bits"));
  alice.finish_sending();
  expect_close(alice, 4400);
  EXPECT_TRUE(alice.sees_the_end());
}

TEST_F(WebSocket, AcceptsAnUpgradeThatComesByteByByte) {
  start();
  auto alice = client();
  const std::string head =
      "GET /v1/ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
      "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  for (const char c : head) alice.send_bytes({&c, 1});
  EXPECT_EQ(alice.read_http_answer(), 101);
  gateway.session()->out->push_reply(text_frame("hello"));
  EXPECT_EQ(alice.read_text(), "hello");
}

TEST_F(WebSocket, TakesARequestThatWasSentRightBehindTheUpgrade) {
  gateway.script(answer);
  start();
  auto alice = client();
  alice.send_bytes(
      "GET /v1/ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
      "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
      client_frame(0x81, ping_request(1)) + client_frame(0x81, ping_request(2)));
  EXPECT_EQ(alice.read_http_answer(), 101);
  EXPECT_EQ(alice.read_text(), "1");
  EXPECT_EQ(alice.read_text(), "2");
}

TEST_F(WebSocket, PutsFragmentsTogetherWithPingsBetweenThem) {
  gateway.script(answer);
  start();
  auto alice = connected();
  const auto text = ping_request(7, 3'000);
  alice.send_frame(0x01, text.substr(0, 10));
  alice.send_ping("between");
  alice.send_frame(0x00, "");
  alice.send_frame(0x00, text.substr(10, 2'000));
  alice.send_frame(0x80, text.substr(2'010));
  const auto pong = alice.read_frame();
  ASSERT_TRUE(pong && pong->is_pong());
  EXPECT_EQ(pong->payload, "between");
  EXPECT_EQ(alice.read_text(), "7");
}

TEST_F(WebSocket, NegotiatesTheSubprotocol) {
  start();
  auto none = client();
  EXPECT_EQ(none.upgrade(), 101);
  EXPECT_THAT(none.answer_head(), Not(HasSubstr("Sec-WebSocket-Protocol")));
  auto known = client();
  EXPECT_EQ(known.upgrade("Sec-WebSocket-Protocol: other, parley.v1\r\n"), 101);
  EXPECT_THAT(known.answer_head(), HasSubstr("Sec-WebSocket-Protocol: parley.v1\r\n"));
  auto unknown = client();
  EXPECT_EQ(unknown.upgrade("Sec-WebSocket-Protocol: parley.v2\r\n"), 400);
  EXPECT_THAT(unknown.body, HasSubstr("parley.v1"));
}

TEST_F(WebSocket, DeclinesCompression) {
  start();
  auto alice = client();
  EXPECT_EQ(alice.upgrade("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"), 101);
}

TEST_F(WebSocket, RefusesPagesOfOtherOrigins) {
  options.origins = {"https://chat.example.org"};
  start();
  EXPECT_EQ(client().upgrade("Origin: https://chat.example.org\r\n"), 101);
  EXPECT_EQ(client().upgrade("Origin: https://parley.test\r\n"), 101);
  EXPECT_EQ(client().upgrade("Origin: http://parley.test\r\n"), options.tls ? 403 : 101);
  auto stranger = client();
  EXPECT_EQ(stranger.upgrade("Origin: https://evil.example\r\n"), 403);
  EXPECT_THAT(stranger.body, HasSubstr("forbidden"));
  EXPECT_EQ(client().upgrade("Origin: null\r\n"), 403);
}

TEST_F(WebSocket, RefusesUpgradesThatAreNone) {
  start();
  EXPECT_EQ(client().upgrade("", "/v1/other"), 404);
  auto old = client();
  old.send_bytes(
      "GET /v1/ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
      "8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  const int status = old.read_http_answer();
  EXPECT_TRUE(status == 400 || status == 426) << status;
  EXPECT_EQ(gateway.sessions(), 0U);
}

TEST_F(WebSocket, SaysRestartWhenTheNodeTakesNobodyMore) {
  gateway.refuse_new();
  start();
  auto alice = connected();
  expect_close(alice, 1012);
}

TEST_F(WebSocket, BoundsTheFirstFrame) {
  gateway.script(answer);
  start();
  auto small = connected();
  small.send_text(identify_request(1, 8'192));
  EXPECT_EQ(small.read_text(), "1");
  small.send_text(ping_request(2, 1'000'000));
  EXPECT_EQ(small.read_text(), "2");

  auto large = connected();
  large.send_text(identify_request(1, 8'193));
  expect_close(large, 1009);
  EXPECT_EQ(gateway.session(1)->requests(), 0U);
}

TEST_F(WebSocket, LetsOnlyAnIdentifyLiftTheBoundOfStrangers) {
  gateway.script(answer);
  start();
  auto alice = connected();
  alice.send_text(ping_request(1));
  EXPECT_EQ(alice.read_text(), "1");
  alice.send_text(ping_request(2, 9'000));
  expect_close(alice, 1009);
}

TEST_F(WebSocket, TakesALargeRequestPipelinedBehindIdentify) {
  gateway.script(answer);
  start();
  auto alice = connected();
  alice.send_bytes(client_frame(0x81, identify_request(1, 100)) +
                   client_frame(0x81, ping_request(2, 100'000)));
  EXPECT_EQ(alice.read_text(), "1");
  EXPECT_EQ(alice.read_text(), "2");
}

TEST_F(WebSocket, ClosesOnFramesThatAreTooLarge) {
  options.rules.frame_bytes = 20'000;
  gateway.script(answer);
  start();
  const auto identified = [&] {
    auto client = connected();
    client.send_text(identify_request(1, 100));
    EXPECT_EQ(client.read_text(), "1");
    return client;
  };
  auto whole = identified();
  whole.send_text(std::string(20'001, ' '));
  expect_close(whole, 1009);
  auto fragments = identified();
  fragments.send_frame(0x01, std::string(15'000, ' '));
  fragments.send_frame(0x80, std::string(5'001, ' '));
  expect_close(fragments, 1009);
  // A header alone is enough: nobody waits for 2^62 bytes.
  auto promised = identified();
  promised.send_bytes(std::string{"\x81\xff\x40\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04", 14});
  expect_close(promised, 1009);
}

TEST_F(WebSocket, ClosesOnWhatIsNotTheProtocol) {
  start();
  const std::string nonsense[] = {"hello", "[]", "{", R"({"op":"ping"})", R"({"id":"1","op":"ping"})", ""};
  for (const auto& text : nonsense) {
    auto alice = connected();
    alice.send_text(text);
    expect_close(alice, 4400);
  }
  auto binary = connected();
  binary.send_frame(0x82, ping_request(1));
  expect_close(binary, 4400);
}

TEST_F(WebSocket, ClosesOnTextThatIsNotUtf8) {
  start();
  for (const auto* wrong : {"\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xFF", "\xE2\x82"}) {
    auto alice = connected();
    alice.send_text(R"({"id":1,"op":"ping","d":{"x":")" + std::string(wrong) + "\"}}");
    expect_close(alice, 1007);
  }
  // A character may be split between fragments.
  gateway.script(answer);
  auto alice = connected();
  alice.send_frame(0x01, "{\"id\":5,\"op\":\"\xC3");
  alice.send_frame(0x80, "\xBC\"}");
  EXPECT_EQ(alice.read_text(), "5");
}

TEST_F(WebSocket, ClosesOnBrokenFrames) {
  start();
  const std::string unmasked{"\x81\x02{}", 4};
  const std::string reserved = client_frame(0xC1, "{}");
  const std::string unknown_opcode = client_frame(0x83, "{}");
  const std::string loose_continuation = client_frame(0x80, "{}");
  const std::string fragmented_ping = client_frame(0x09, "x");
  const std::string long_ping = client_frame(0x89, std::string(126, 'x'));
  for (const auto& bytes :
       {unmasked, reserved, unknown_opcode, loose_continuation, fragmented_ping, long_ping}) {
    auto alice = connected();
    alice.send_bytes(bytes);
    expect_close(alice, 1002);
  }
}

TEST_F(WebSocket, StopsReadingAtTooManyUnansweredRequestsAndGoesOnWithTheAnswers) {
  start();
  auto alice = connected();
  std::string all;
  for (int i = 1; i <= 40; ++i) all += client_frame(0x81, ping_request(i));
  alice.send_bytes(all);
  const auto session = gateway.session();
  session->request(32);
  // Everything is in the server's socket; that it takes an event shows that its loop went around.
  for (int round = 0; round < 3; ++round) {
    session->out->push_event(text_frame("still here"));
    EXPECT_EQ(alice.read_text(), "still here");
  }
  EXPECT_EQ(session->out->requests_read(), 32U);
  session->out->push_reply(text_frame("1"));
  EXPECT_EQ(alice.read_text(), "1");
  EXPECT_EQ(session->request(33).id, 33);
  for (int i = 2; i <= 40; ++i) session->out->push_reply(text_frame(std::to_string(i)));
  for (int i = 2; i <= 40; ++i) EXPECT_EQ(alice.read_text(), std::to_string(i));
  EXPECT_EQ(session->request(40).id, 40);
}

TEST_F(WebSocket, StopsReadingAtTooManyUnansweredBytes) {
  start();
  auto alice = connected();
  alice.send_text(identify_request(1, 100));
  const auto session = gateway.session();
  session->request(1);
  session->out->push_reply(text_frame("1"));
  EXPECT_EQ(alice.read_text(), "1");
  // Two of them reach 2 MiB; what follows stays in the sockets.
  const auto large = client_frame(0x81, ping_request(2, 1'100'000));
  alice.send_bytes(large);
  alice.send_bytes(large);
  session->request(3);
  std::size_t sent = 0;
  std::string more;
  for (int i = 0; i < 30; ++i) more += large;
  for (std::size_t round = 0; round < 3; ++round) {
    sent += alice.send_what_fits(std::string_view{more}.substr(sent));
    session->out->push_event(text_frame("still here"));
    EXPECT_EQ(alice.read_text(), "still here");
  }
  EXPECT_EQ(session->out->requests_read(), 3U);
  EXPECT_LT(sent, more.size()) << "nothing pushed back";
  session->out->push_reply(text_frame("2"));
  EXPECT_EQ(alice.read_text(), "2");
  session->request(4);
}

TEST_F(WebSocket, CountsARequestAsUnansweredUntilItsReplyHasLeft) {
  start();
  auto alice = connected({4'096});
  const auto session = gateway.session();
  // The client does not read: replies pile up behind a large one, though all were pushed.
  std::string all;
  for (int i = 1; i <= 32; ++i) all += client_frame(0x81, ping_request(i));
  alice.send_bytes(all);
  session->request(32);
  const std::string large(20'000'000, 'x');
  session->out->push_reply(text_frame(large));
  for (int i = 2; i <= 32; ++i) session->out->push_reply(text_frame(std::to_string(i)));
  alice.send_text(ping_request(33));
  // Nothing of a reply after the large one has left while the client has not read that.
  EXPECT_EQ(session->out->push_event(text_frame("x")), outbox::admission::full);
  EXPECT_EQ(session->out->requests_read(), 32U);
  EXPECT_EQ(alice.read_text().size(), large.size());
  for (int i = 2; i <= 32; ++i) EXPECT_EQ(alice.read_text(), std::to_string(i));
  EXPECT_EQ(session->request(33).id, 33);
}

TEST_F(WebSocket, AnswersPingsWithTheirOwnPayload) {
  start();
  auto alice = connected();
  for (const auto& payload : {std::string{}, std::string("x"), std::string(125, 'y')}) {
    alice.send_ping(payload);
    const auto pong = alice.read_frame();
    ASSERT_TRUE(pong && pong->is_pong());
    EXPECT_EQ(pong->payload, payload);
  }
}

TEST_F(WebSocket, PushesBackOnAFloodOfPings) {
  start();
  auto alice = connected({4'096});
  auto bob = connected();
  // Reads nothing and pings: the pongs must not pile up in the server. Bob's pong shows that the server's
  // loop went around; that Alice's bytes then still do not fit, often in a row, that it reads no more.
  const auto some = repeated(client_frame(0x89, std::string(125, 'p')), 1'000);
  std::size_t sent = 0;
  int rounds_without_room = 0;
  while (rounds_without_room < 20) {
    const auto taken = alice.send_what_fits(std::string_view{some}.substr(sent % some.size()));
    sent += taken;
    ASSERT_LT(sent, 256U * 1'048'576U) << "nothing pushes back";
    rounds_without_room = taken == 0 ? rounds_without_room + 1 : 0;
    bob.send_ping("turn");
    ASSERT_TRUE(bob.read_frame());
  }
  // Once she reads, every ping that was read gets its pong, in order and whole.
  for (std::size_t i = 0; i < 1'000; ++i) {
    const auto pong = alice.read_frame();
    ASSERT_TRUE(pong && pong->is_pong());
    ASSERT_EQ(pong->payload, std::string(125, 'p'));
  }
}

TEST_F(WebSocket, InterleavesPongsAndDataWithoutTearingEither) {
  start();
  auto alice = connected({8'192});
  const auto session = gateway.session();
  std::thread actor{[&] {
    for (int i = 0; i < 400; ++i)
      session->out->push_reply(text_frame(std::string(static_cast<std::size_t>(i * 131 % 9'000), 'x')));
  }};
  int pongs = 0;
  int texts = 0;
  alice.read_at_most(700);
  for (int i = 0; i < 400; ++i) {
    alice.send_ping(std::string(static_cast<std::size_t>(i % 126), 'p'));
    const auto frame = alice.read_frame();
    ASSERT_TRUE(frame);
    ++(frame->is_pong() ? pongs : texts);
  }
  while (pongs < 400 || texts < 400) {
    const auto frame = alice.read_frame();
    ASSERT_TRUE(frame);
    if (frame->is_pong()) {
      EXPECT_EQ(frame->payload.size(), static_cast<std::size_t>(pongs % 126));
      ++pongs;
    } else {
      EXPECT_EQ(frame->payload.size(), static_cast<std::size_t>(texts * 131 % 9'000));
      ++texts;
    }
  }
  actor.join();
}

}  // namespace
}  // namespace parley::testing
