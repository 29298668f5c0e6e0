#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/link/support_network.hpp"

namespace parley {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

class APeerThatDoesNotAnswer : public testing::Test {
protected:
  /// How long this node takes to reach one that answers.
  std::chrono::milliseconds time_to_reach_another() {
    test_node three(3, our_authority().files_of("node-3"));
    three.network->expect({one.self()});
    const auto began = steady::now();
    const auto before = one.events->wires.size();
    one.network->dial(three.self());
    EXPECT_TRUE(one.events->wait([&] { return one.events->wires.size() > before; }));
    return std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - began);
  }

  test_node one{1, our_authority().files_of("node-1"), 1s};
};

TEST_F(APeerThatDoesNotAnswer, BecauseItIsFrozenDelaysNobody) {
  const peer_process frozen(2, one.self(), our_authority().files_of("node-2"));
  frozen.freeze();
  const auto began = steady::now();
  // The kernel accepts for it, and nothing more ever comes.
  for (int i = 0; i < 5; ++i) one.network->dial(frozen.self());
  EXPECT_LT(time_to_reach_another(), 1s);
  EXPECT_TRUE(one.events->wait([&] { return one.events->failures.size() == 5; }));
  EXPECT_LT(steady::now() - began, 3s);
  for (const auto& why : one.events->failures) EXPECT_EQ(why, "it did not introduce itself in time");
  frozen.thaw();
  const auto before = one.events->wires.size();
  one.network->dial(frozen.self());
  EXPECT_TRUE(one.events->wait([&] { return one.events->wires.size() > before; }));
}

TEST_F(APeerThatDoesNotAnswer, BecausePacketsToItVanishDelaysNobody) {
  // A queue of connections that is full drops packets as a machine does that is not there.
  const int full = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(full, reinterpret_cast<const sockaddr*>(&at), sizeof(at)), 0);
  ASSERT_EQ(listen(full, 0), 0);
  socklen_t size = sizeof(at);
  ASSERT_EQ(getsockname(full, reinterpret_cast<sockaddr*>(&at), &size), 0);
  const raw_socket first(ntohs(at.sin_port));
  const auto began = steady::now();
  one.network->dial({{2}, "node-2", "127.0.0.1:" + std::to_string(ntohs(at.sin_port))});
  EXPECT_LT(time_to_reach_another(), 1s);
  EXPECT_TRUE(one.events->wait([&] { return one.events->failures.size() == 1; }));
  EXPECT_NE(one.events->failures.front().find("timed out"), std::string::npos)
      << one.events->failures.front();
  EXPECT_LT(steady::now() - began, 4s);
  ::close(full);
}

TEST_F(APeerThatDoesNotAnswer, HoldsNoDescriptorForLong) {
  const peer_process frozen(2, one.self(), our_authority().files_of("node-2"));
  one.network->expect({frozen.self()});
  const auto before = descriptors_of("self");
  one.network->dial(frozen.self());
  ASSERT_TRUE(one.way());
  frozen.freeze();
  // More than the kernels take between them.
  for (int i = 0; i < 300; ++i) one.way()->send(std::string(65'536, 'x'));
  one.way()->close();
  EXPECT_TRUE(one.events->wait([&] { return descriptors_of("self") <= before; }));
}

TEST_F(APeerThatDoesNotAnswer, BecauseItWasKilledIsNoticedAtOnce) {
  peer_process killed(2, one.self(), our_authority().files_of("node-2"));
  one.network->expect({killed.self()});
  one.network->dial(killed.self());
  ASSERT_TRUE(one.way());
  const auto began = steady::now();
  killed.kill();
  EXPECT_TRUE(one.events->wait([&] { return one.events->ended.size() == 1; }));
  EXPECT_LT(steady::now() - began, 1s);
}

}  // namespace
}  // namespace parley
