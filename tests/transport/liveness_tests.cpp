#include <gmock/gmock.h>

#include "tests/transport/support/running_server.hpp"

// Who is alive, who is not, and how everything ends. Where a test must see that time has passed without
// harm, a second connection that does not answer its pings is the clock.

namespace parley::testing {
namespace {

using namespace std::chrono_literals;

class Liveness : public ServerTest {
protected:
  Liveness() {
    options.rules.ping_interval = 100ms;
    options.rules.ping_timeout = 100ms;
  }
  /// Returns after a connection that answers no ping was closed for that: both times have passed.
  void let_ping_times_pass() {
    auto deaf = connected();
    const auto ping = deaf.read_frame();
    ASSERT_TRUE(ping && ping->is_ping());
    EXPECT_EQ(deaf.read_to_close(), 4001U);
  }
};

TEST_F(Liveness, PingsAClientAndKeepsOneThatAnswers) {
  start();
  auto alice = connected();
  for (int i = 0; i < 5; ++i) {
    const auto ping = alice.read_frame();
    ASSERT_TRUE(ping && ping->is_ping());
    alice.send_pong(ping->payload);
  }
  EXPECT_FALSE(gateway.session()->is_closed());
}

TEST_F(Liveness, ClosesAClientThatDoesNotAnswer) {
  start();
  let_ping_times_pass();
  EXPECT_TRUE(gateway.session()->becomes_closed());
}

TEST_F(Liveness, TakesAnyByteAsLife) {
  gateway.script(answer);
  start();
  auto alice = connected();
  // Requests instead of a pong.
  for (int i = 1; i <= 6; ++i) {
    for (;;) {
      const auto frame = alice.read_frame();
      ASSERT_TRUE(frame);
      if (frame->is_ping()) break;
      ASSERT_TRUE(frame->is_text());
    }
    alice.send_text(ping_request(i));
  }
  EXPECT_EQ(gateway.session()->request(6).id, 6);
}

TEST_F(Liveness, LetsTheClockStandStillWhileItDoesNotReadItself) {
  start();
  auto alice = connected();
  const auto ping = alice.read_frame();
  ASSERT_TRUE(ping && ping->is_ping());
  // The pong comes behind 32 requests that nobody answers: the server cannot see it.
  std::string all;
  for (int i = 1; i <= 33; ++i) all += client_frame(0x81, ping_request(i));
  alice.send_bytes(all + client_frame(0x8A, ping->payload));
  const auto session = gateway.session();
  session->request(32);
  let_ping_times_pass();
  let_ping_times_pass();
  EXPECT_FALSE(session->is_closed());
  for (int i = 1; i <= 33; ++i) session->out->push_reply(text_frame(std::to_string(i)));
  for (int i = 1; i <= 33; ++i) EXPECT_EQ(alice.read_text(), std::to_string(i));
}

TEST_F(Liveness, KeepsAClientWhoseSocketIsFull) {
  start();
  auto alice = connected({4'096});
  const auto session = gateway.session();
  const auto large = text_frame(std::string(1'000'000, 'x'));
  int accepted = 0;
  while (session->out->push_event(large) == outbox::admission::accepted) ++accepted;
  // It takes nothing, and so no ping either: slow is not dead.
  let_ping_times_pass();
  let_ping_times_pass();
  let_ping_times_pass();
  EXPECT_FALSE(session->is_closed());
  for (int i = 0; i < accepted; ++i) EXPECT_EQ(alice.read_text().size(), 1'000'000U);
  EXPECT_TRUE(session->becomes_drained());
}

TEST_F(Liveness, ClosesAClientThatStopsWithinAFrame) {
  options.close_timeout = 100ms;
  start();
  auto alice = connected();
  alice.send_bytes(client_frame(0x81, ping_request(1)).substr(0, 9));
  const auto session = gateway.session();
  EXPECT_TRUE(session->becomes_closed());
  EXPECT_EQ(session->requests(), 0U);
}

TEST_F(Liveness, EndsAConnectionThatNeverAsksForAnything) {
  options.header_timeout = 100ms;
  start();
  auto silent = client();
  EXPECT_TRUE(silent.sees_the_end());
  auto half = client();
  half.send_bytes("GET /livez HTTP/1.1\r\nHost: a\r\n");
  EXPECT_TRUE(half.sees_the_end());
}

TEST_F(Liveness, EndsABodyThatNeverComes) {
  options.header_timeout = 100ms;
  start();
  auto half = client();
  half.send_bytes(
      "POST /v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{");
  EXPECT_TRUE(half.sees_the_end());
}

TEST_F(Liveness, EndsAnIdleHttpConnection) {
  options.idle_timeout = 100ms;
  start();
  auto alice = client();
  alice.send_bytes("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(alice.read_http_answer(), 200);
  EXPECT_TRUE(alice.sees_the_end());
}

TEST_F(Liveness, SeesAClientThatOnlyStopsSending) {
  start();
  auto alice = connected();
  gateway.session();
  alice.finish_sending();
  EXPECT_TRUE(alice.sees_the_end());
  EXPECT_TRUE(gateway.session()->becomes_closed());
}

TEST_F(Liveness, SeesAResetAtOnce) {
  start();
  auto alice = connected();
  const auto session = gateway.session();
  alice.reset();
  EXPECT_TRUE(session->becomes_closed());
}

TEST_F(Liveness, ClosesEverybodyWithRestartWhenItStops) {
  options.rules.ping_interval = 10s;
  start();
  std::vector<strict_client> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(connected());
  for (std::size_t i = 0; i < 20; ++i) gateway.session(i)->out->push_reply(text_frame("last"));
  std::thread stopping{[&] { stop(10s); }};
  for (auto& client : clients) {
    EXPECT_EQ(client.read_text(), "last");
    EXPECT_EQ(client.read_to_close(), 1012U);
  }
  stopping.join();
  for (std::size_t i = 0; i < 20; ++i) EXPECT_TRUE(gateway.session(i)->is_closed());
}

TEST_F(Liveness, StopsInTimeThoughClientsDoNotGo) {
  options.rules.ping_interval = 10s;
  start();
  auto deaf = connected();
  const auto session = gateway.session();
  const auto begun = std::chrono::steady_clock::now();
  stop(200ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
  EXPECT_TRUE(session->is_closed());
}

}  // namespace
}  // namespace parley::testing
