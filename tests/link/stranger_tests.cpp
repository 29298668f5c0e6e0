#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <caf/openssl/all.hpp>
#include <thread>

#include "tests/link/support_network.hpp"

namespace parley {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t growth_kb_max =
    512U * 1'024;  // it holds on to what was freed, to see who still uses it
#else
constexpr std::size_t growth_kb_max = 4U * 1'024;
#endif

/// A peer with a real wire to it, over which pieces go back and forth without end while strangers come.
class AStranger : public testing::Test {
protected:
  void SetUp() override {
    one.network->expect({peer.self()});
    one.network->dial(peer.self());
    way = one.way();
    ASSERT_TRUE(way);
    // Each answer asks for the next.
    one.events->on_piece = [this](const std::string& piece) {
      if (piece != std::to_string(answered + 1)) ++wrong;
      ++answered;
      if (asks) way->send(std::to_string(answered + 1));
    };
    way->send("1");
    ASSERT_TRUE(one.events->wait([&] { return answered > 100; }));
    descriptors = peer.descriptors();
    resident_kb = peer.resident_kb();
  }
  void TearDown() override {
    // All of it is back, and the real wire has gone on all the time.
    EXPECT_TRUE(one.events->wait([&] { return peer.descriptors() <= descriptors; }))
        << peer.descriptors() << " descriptors, " << descriptors << " before";
    EXPECT_LT(peer.resident_kb(), resident_kb + growth_kb_max);
    std::uint64_t so_far = 0;
    one.events->wait([&] { return so_far = answered, true; });
    EXPECT_TRUE(one.events->wait([&] { return answered > so_far + 100; }));
    one.events->wait([&] { return asks = false, true; });
    EXPECT_EQ(wrong, 0U);
    EXPECT_FALSE(one.events->has_ended(one.events->wires.front().connection));
    way.reset();
  }

  test_node one{1, our_authority().files_of("node-1")};
  peer_process peer{2, one.self(), our_authority().files_of("node-2")};
  std::shared_ptr<wire> way;
  std::uint64_t answered = 0;
  std::uint64_t wrong = 0;
  bool asks = true;
  std::size_t descriptors = 0;
  std::size_t resident_kb = 0;
};

TEST_F(AStranger, WhoSendsAnythingIsSentAway) {
  // Among them what makes CAF's own protocol take gigabytes, and the beginnings of other protocols.
  const std::vector<std::string> sayings{"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                                         std::string(32, '\xff'),
                                         std::string(100'000, '\0'),
                                         std::string("\x00\x00\x00\x00\x01\x00\x00\x00\xff\xff\xff\xff", 12),
                                         "SSH-2.0-OpenSSH_9.2\r\n",
                                         std::string("\x16\x03\x01\xff\xff\x01", 6)};
  for (int round = 0; round < 30; ++round)
    for (const auto& saying : sayings) {
      const raw_socket stranger(peer.port());
      stranger.send(saying);
      EXPECT_TRUE(stranger.is_ended(3s));
    }
}

TEST_F(AStranger, WhoIsSilentIsSentAwayInTimeAndCostsNoProcessor) {
  std::vector<raw_socket> silent;
  for (int i = 0; i < 50; ++i) silent.emplace_back(peer.port());
  one.events->wait([&] { return asks = false, true; });
  const auto began = steady::now();
  const auto used = peer.processor_time();
  for (const auto& each : silent) EXPECT_TRUE(each.is_ended(3s));
  EXPECT_LT(steady::now() - began, 2s);
  EXPECT_LT(peer.processor_time() - used, 200ms);
  one.events->wait([&] { return asks = true, true; });
  way->send(std::to_string(answered + 1));
}

TEST_F(AStranger, WhoComesInCrowdsMakesRoomForOthers) {
  std::vector<raw_socket> crowd;
  for (int i = 0; i < 200; ++i) crowd.emplace_back(peer.port());
  EXPECT_TRUE(crowd.front().is_ended(900ms));
  EXPECT_TRUE(one.events->wait([&] { return peer.descriptors() < descriptors + 66; }));
  // A real peer gets through meanwhile.
  const auto began = steady::now();
  one.network->dial(peer.self());
  EXPECT_TRUE(one.events->wait([&] { return one.events->wires.size() == 2; }));
  EXPECT_LT(steady::now() - began, 1s);
  one.events->wires.back().way->close();
}

TEST_F(AStranger, WhoDripsBytesIsSentAwayAllTheSame) {
  const raw_socket stranger(peer.port());
  const auto began = steady::now();
  // The beginning of a handshake, a byte at a time.
  for (const char letter : std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)) {
    stranger.send({&letter, 1});
    if (stranger.is_ended(200ms)) break;
  }
  EXPECT_TRUE(stranger.is_ended(1s));
  EXPECT_LT(steady::now() - began, 3s);
}

struct free_tls {
  void operator()(SSL* what) const { SSL_free(what); }
  void operator()(SSL_CTX* what) const { SSL_CTX_free(what); }
};

/// Shakes hands as far as it goes, and waits for the end; whether it came.
bool is_refused(std::uint16_t port, const link_tls_files& shown) {
  const std::unique_ptr<SSL_CTX, free_tls> context{SSL_CTX_new(TLS_client_method())};
  if (!shown.certificate.empty()) {
    EXPECT_EQ(SSL_CTX_use_certificate_chain_file(context.get(), shown.certificate.c_str()), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context.get(), shown.key.c_str(), SSL_FILETYPE_PEM), 1);
  }
  const raw_socket socket(port);
  const std::unique_ptr<SSL, free_tls> tls{SSL_new(context.get())};
  SSL_set_fd(tls.get(), socket.get());
  if (SSL_connect(tls.get()) != 1) return true;
  // In TLS 1.3 a client learns only now that its certificate is not good.
  char byte = 0;
  return SSL_read(tls.get(), &byte, 1) <= 0;
}

TEST_F(AStranger, WithoutACertificateGetsNowhere) {
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(is_refused(peer.port(), {}));
}

TEST_F(AStranger, WithACertificateOfAnotherAuthorityGetsNowhere) {
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(is_refused(peer.port(), other_authority().files_of("node-1")));
}

TEST_F(AStranger, WithAStolenIncarnationButNoCertificateGetsNowhere) {
  test_node thief(1, other_authority().files_of("node-1"));
  for (int i = 0; i < 10; ++i) thief.network->dial(peer.self());
  EXPECT_TRUE(thief.events->wait([&] { return thief.events->failures.size() == 10; }));
  EXPECT_TRUE(thief.events->wires.empty());
}

/// What a program of CAF's own gets that tries to reach an actor on the port.
template <class Configure, class Connect>
bool reaches_an_actor(Configure configure, Connect connect) {
  caf::actor_system_config configuration;
  configuration.set("scheduler.max-threads", 1U);
  configuration.load<caf::io::middleman>();
  configure(configuration);
  caf::actor_system system{configuration};
  return bool(connect(system));
}

TEST_F(AStranger, ThatIsAProgramOfCafGetsNoActor) {
  for (int i = 0; i < 3; ++i)
    EXPECT_FALSE(reaches_an_actor([](auto&) {},
                                  [&](caf::actor_system& system) {
                                    return system.middleman().remote_actor<caf::actor>("127.0.0.1",
                                                                                       peer.port());
                                  }));
}

TEST_F(AStranger, ThatIsAProgramOfCafWithTlsButWithoutItsCertificateGetsNoActor) {
  const auto connect = [&](caf::actor_system& system) {
    return caf::openssl::remote_actor<caf::actor>(system, "127.0.0.1", peer.port());
  };
  EXPECT_FALSE(reaches_an_actor(
      [](auto& configuration) { configuration.template load<caf::openssl::manager>(); }, connect));
  EXPECT_FALSE(reaches_an_actor(
      [](auto& configuration) {
        configuration.template load<caf::openssl::manager>();
        const auto files = other_authority().files_of("node-1");
        configuration.openssl_certificate = files.certificate;
        configuration.openssl_key = files.key;
        configuration.openssl_cafile = files.ca;
      },
      connect));
}

}  // namespace
}  // namespace parley
