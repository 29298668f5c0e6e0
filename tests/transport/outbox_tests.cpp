#include <gmock/gmock.h>

#include <thread>

#include "tests/transport/support/running_server.hpp"

// What a session may count on when it pushes into the outbox of a connection, over real sockets.

namespace parley::testing {
namespace {

using namespace std::chrono_literals;
using admission = outbox::admission;

class Outbox : public ServerTest {};

TEST_F(Outbox, SendsEventsAndRepliesInTheOrderPushed) {
  start();
  auto alice = connected();
  const auto session = gateway.session();
  constexpr int frames = 20'000;
  std::thread actor{[&] {
    for (int i = 0; i < frames; ++i) {
      const auto next = text_frame(std::to_string(i));
      if (i % 3 == 0)
        session->out->push_reply(next);
      else
        ASSERT_EQ(session->out->push_event(next), admission::accepted);
    }
  }};
  for (int i = 0; i < frames; ++i) ASSERT_EQ(alice.read_text(), std::to_string(i));
  actor.join();
}

TEST_F(Outbox, SendsFramesOfEverySize) {
  options.rules.outbox_bytes = 64 * 1'048'576;
  start();
  auto alice = connected();
  const auto session = gateway.session();
  const std::size_t sizes[] = {0,     1,      125,    126,    127,    4'000,   4'091,     4'096,     4'097,
                               9'000, 16'384, 65'535, 65'536, 65'537, 400'000, 1'300'000, 3'000'000, 2};
  for (int round = 0; round < 3; ++round)
    for (const auto size : sizes)
      ASSERT_EQ(session->out->push_event(text_frame(std::string(size, static_cast<char>('a' + round)))),
                admission::accepted);
  for (int round = 0; round < 3; ++round)
    for (const auto size : sizes)
      ASSERT_EQ(alice.read_text(), std::string(size, static_cast<char>('a' + round))) << size;
}

TEST_F(Outbox, SendsRunsInTheirOrderBetweenOtherFrames) {
  options.rules.outbox_bytes = 64 * 1'048'576;
  start();
  auto alice = connected();
  const auto session = gateway.session();
  std::vector<std::string> expected;
  const auto text = [&](std::size_t size) {
    expected.push_back(std::to_string(expected.size()) + std::string(size, 'x'));
    return text_frame(expected.back());
  };
  for (const std::size_t size : {1U, 200U, 5'000U, 40'000U})
    for (const std::size_t length : {1U, 2U, 8U, 64U}) {
      ASSERT_EQ(session->out->push_event(text(7)), admission::accepted);
      std::vector<frame> frames;
      for (std::size_t i = 0; i < length; ++i) frames.push_back(text(size));
      const auto [accepted, last] = session->out->push_events(run_of(std::move(frames)), 0, length);
      ASSERT_EQ(accepted, length);
      ASSERT_EQ(last, admission::accepted);
    }
  for (const auto& each : expected) ASSERT_EQ(alice.read_text(), each);
}

TEST_F(Outbox, SendsToAClientWithTinyBuffersThatReadsInCrumbs) {
  start();
  auto alice = connected({2'048});
  const auto session = gateway.session();
  alice.read_at_most(37);
  std::thread actor{[&] {
    for (int i = 0; i < 200; ++i) {
      session->out->push_reply(text_frame(std::string(static_cast<std::size_t>(i * 61 % 9'000), 'x')));
      session->out->push_reply(text_frame(std::to_string(i)));
    }
  }};
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(alice.read_text().size(), static_cast<std::size_t>(i * 61 % 9'000));
    ASSERT_EQ(alice.read_text(), std::to_string(i));
  }
  actor.join();
}

TEST_F(Outbox, SharesAFrameAmongManyConnections) {
  options.threads = 2;
  start();
  std::vector<strict_client> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(connected());
  std::vector<std::thread> actors;
  constexpr int frames = 300;
  for (int actor = 0; actor < 4; ++actor)
    actors.emplace_back([&, actor] {
      for (int i = 0; i < frames; ++i) {
        const auto shared = text_frame(std::to_string(actor) + ' ' + std::to_string(i));
        for (std::size_t to = 0; to < clients.size(); ++to)
          ASSERT_EQ(gateway.session(to)->out->push_event(shared), admission::accepted);
      }
    });
  for (auto& client : clients) {
    std::array<int, 4> next{};
    for (int i = 0; i < 4 * frames; ++i) {
      const auto text = client.read_text();
      ASSERT_GE(text.size(), 3U);
      ASSERT_EQ(std::stoi(text.substr(2)), next.at(static_cast<std::size_t>(text[0] - '0'))++);
    }
  }
  for (auto& actor : actors) actor.join();
}

TEST_F(Outbox, RefusesEventsOverItsBoundAndTellsOnceThereIsRoom) {
  options.rules.outbox_bytes = 100'000;
  start();
  auto alice = connected({4'096});
  auto bob = connected();
  const auto session = gateway.session();
  const auto filler = std::string(1'000, 'x');
  // The kernel's buffers take some of it. Bob's pong shows that everything pushed so far was tried.
  std::size_t accepted = 0;
  for (int refused_in_a_row = 0; refused_in_a_row < 3;) {
    if (session->out->push_event(text_frame(std::to_string(accepted) + filler)) == admission::accepted) {
      ASSERT_LT(++accepted, 64'000U) << "nothing bounds it";
      refused_in_a_row = 0;
      continue;
    }
    ++refused_in_a_row;
    bob.send_ping("turn");
    ASSERT_TRUE(bob.read_frame());
  }
  const auto told_before = session->times_drained();
  EXPECT_EQ(session->out->push_event(text_frame(std::string(200'000, 'x'))), admission::full);
  // A reply is taken even now.
  session->out->push_reply(text_frame("reply" + std::string(500'000, 'y')));
  for (std::size_t i = 0; i < accepted; ++i) ASSERT_EQ(alice.read_text(), std::to_string(i) + filler);
  EXPECT_EQ(alice.read_text().substr(0, 5), "reply");
  EXPECT_TRUE(session->becomes_drained(told_before + 1));
  EXPECT_EQ(session->out->push_event(text_frame("healed")), admission::accepted);
  EXPECT_EQ(alice.read_text(), "healed");
  EXPECT_EQ(session->times_drained(), told_before + 1) << "told once for all refusals";
}

TEST_F(Outbox, TellsOfRoomAfterEveryRefusalHoweverTheyRace) {
  options.rules.outbox_bytes = 20'000;
  start();
  auto alice = connected({4'096});
  const auto session = gateway.session();
  std::thread actor{[&] {
    std::size_t refusals = 0;
    for (int i = 0; i < 3'000; ++i)
      while (session->out->push_event(text_frame(std::to_string(i) + std::string(500, 'x'))) ==
             admission::full)
        ASSERT_TRUE(session->becomes_drained(++refusals));
    session->out->push_reply(text_frame("end"));
  }};
  for (int i = 0; i < 3'000; ++i) ASSERT_EQ(alice.read_text(), std::to_string(i) + std::string(500, 'x'));
  EXPECT_EQ(alice.read_text(), "end");
  actor.join();
}

TEST_F(Outbox, TakesOneFrameLargerThanItsBoundWhenEmpty) {
  options.rules.outbox_bytes = 1'000;
  start();
  auto alice = connected();
  const auto session = gateway.session();
  // The answer to the upgrade may still be counted.
  std::size_t refusals = 0;
  while (session->out->push_event(text_frame(std::string(500'000, 'x'))) == admission::full)
    ASSERT_TRUE(session->becomes_drained(++refusals));
  EXPECT_EQ(alice.read_text().size(), 500'000U);
}

TEST_F(Outbox, ClosesAfterEverythingThatWasQueued) {
  start();
  auto alice = connected({4'096});
  const auto session = gateway.session();
  for (int i = 0; i < 500; ++i)
    session->out->push_reply(text_frame(std::to_string(i) + std::string(5'000, 'x')));
  session->out->close(close_code::too_many_devices, "the eleventh");
  EXPECT_EQ(session->out->push_event(text_frame("late")), admission::closed);
  session->out->push_reply(text_frame("late"));
  session->out->close(close_code::abuse, "a second close changes nothing");
  for (int i = 0; i < 500; ++i) ASSERT_EQ(alice.read_text(), std::to_string(i) + std::string(5'000, 'x'));
  const auto last = alice.read_frame();
  ASSERT_TRUE(last && last->is_close());
  EXPECT_EQ(last->close_code(), 4408U);
  EXPECT_EQ(last->payload.substr(2), "the eleventh");
  alice.send_close(4408);
  EXPECT_FALSE(alice.read_frame());
  EXPECT_TRUE(session->becomes_closed());
}

TEST_F(Outbox, ShortensALongReason) {
  start();
  auto alice = connected();
  gateway.session()->out->close(close_code::abuse, repeated("ü", 100));
  const auto last = alice.read_frame();
  ASSERT_TRUE(last && last->is_close());
  EXPECT_LE(last->payload.size(), 125U);
}

TEST_F(Outbox, CutsAClientOffThatTakesNeitherTheRestNorTheClose) {
  options.close_timeout = 100ms;
  options.rules.ping_interval = 100ms;  // how often deadlines are looked at follows from it
  start();
  auto alice = connected({4'096});
  const auto session = gateway.session();
  for (int i = 0; i < 200; ++i) session->out->push_reply(text_frame(std::string(100'000, 'x')));
  session->out->close(close_code::token_refused, "revoked");
  EXPECT_TRUE(session->becomes_closed());
}

TEST_F(Outbox, SaysClosedOnceTheClientIsGone) {
  start();
  auto alice = connected();
  const auto session = gateway.session();
  alice.send_close(1000);
  const auto last = alice.read_frame();
  ASSERT_TRUE(last && last->is_close());
  EXPECT_EQ(last->close_code(), 1000U);
  alice.finish_sending();
  EXPECT_FALSE(alice.read_frame());
  ASSERT_TRUE(session->becomes_closed());
  EXPECT_EQ(session->out->push_event(text_frame("x")), admission::closed);
  session->out->push_reply(text_frame("x"));
  session->out->close(close_code::restart, "x");
}

TEST_F(Outbox, SendsNothingAfterACloseThatRacesWithPushes) {
  options.threads = 2;
  start();
  // The client closes while an actor pushes: the strict client fails the test on any byte after the
  // server's close frame, and on a frame that is torn.
  for (int round = 0; round < 60; ++round) {
    auto alice = connected();
    const auto session = gateway.session(static_cast<std::size_t>(round));
    std::thread actor{[&] {
      for (int i = 0; i < 2'000; ++i) {
        if (session->out->push_event(
                text_frame(std::string(static_cast<std::size_t>(i * 37 % 5'000), 'x'))) == admission::closed)
          break;
        if (round % 3 == 1 && i == 40 * round) session->out->close(close_code::restart, "race");
      }
    }};
    for (int i = 0; i < round; ++i) alice.read_frame();
    alice.send_close(1001);
    while (const auto frame = alice.read_frame())
      if (frame->is_close()) alice.finish_sending();
    actor.join();
    EXPECT_TRUE(session->becomes_closed());
  }
}

TEST_F(Outbox, SurvivesResetsWhileItPushes) {
  options.threads = 2;
  start();
  for (int round = 0; round < 60; ++round) {
    auto alice = connected({4'096});
    const auto session = gateway.session(static_cast<std::size_t>(round));
    std::thread actor{[&] {
      while (session->out->push_event(text_frame(std::string(3'000, 'x'))) != admission::closed) {
      }
    }};
    for (int i = 0; i < round % 7; ++i) alice.read_frame();
    alice.reset();
    actor.join();
    EXPECT_TRUE(session->becomes_closed());
  }
}

TEST_F(Outbox, OutlivesItsServer) {
  start();
  auto alice = connected();
  const auto session = gateway.session();
  alice.finish_sending();
  stop();
  EXPECT_TRUE(session->becomes_closed());
  EXPECT_EQ(session->out->push_event(text_frame("x")), admission::closed);
}

}  // namespace
}  // namespace parley::testing
