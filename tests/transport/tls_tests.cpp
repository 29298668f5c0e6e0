#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "tests/transport/support/running_server.hpp"

// What is particular to TLS. That it carries HTTP and WebSockets as well as plain TCP does, the tests of
// those show once more with PARLEY_TEST_TLS=1.

namespace parley::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr auto patience = 10s;

class Tls : public ServerTest {
protected:
  Tls() {
    options.tls = tls_identity::load(pair.files()).value();
    options.rules.ping_interval = 500ms;  // how often deadlines are looked at follows from it
  }

  static strict_client::options over_tls() {
    strict_client::options how;
    how.over_tls = true;
    return how;
  }
  static strict_client::options plainly() {
    strict_client::options how;
    how.over_tls = false;
    return how;
  }
  /// What becomes of a handshake in this manner; "" when it succeeds.
  std::string shake_hands(const tls_manner& how, const std::function<void(client_tls&)>& then = {}) {
    auto bare = client(plainly());
    client_tls tls{bare.descriptor(), how};
    auto problem = tls.shake_hands(patience);
    if (problem.empty() && then) then(tls);
    return problem.empty() ? problem : problem + "; " + tls.alert();
  }
  /// The serial of what a new connection is shown.
  std::string name_shown() {
    auto alice = client(over_tls());
    const std::unique_ptr<X509, decltype(&X509_free)> shown{SSL_get1_peer_certificate(alice.tls()->ssl()),
                                                            &X509_free};
    for (const auto* name : {"first.example.org", "second.example.org"})
      if (X509_check_host(shown.get(), name, 0, 0, nullptr) == 1) return name;
    return "none";
  }

  const test_certificate pair{"DNS:first.example.org"};
};

TEST_F(Tls, SpeaksToBrowsersOfTodayAndToNobodyBefore) {
  start();
  EXPECT_EQ(shake_hands({TLS1_3_VERSION, TLS1_3_VERSION, {}, {}, {}}), "");
  EXPECT_EQ(shake_hands({TLS1_2_VERSION, TLS1_2_VERSION, {}, {}, {}}), "");
  EXPECT_THAT(shake_hands({TLS1_VERSION, TLS1_1_VERSION, "ALL:@SECLEVEL=0", {}, {}}),
              HasSubstr("protocol version"));
  for (const auto* old : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256"})
    EXPECT_THAT(shake_hands({0, TLS1_2_VERSION, old, {}, {}}), HasSubstr("handshake failure")) << old;
}

TEST_F(Tls, NamesHttpWhenAskedWhatItSpeaks) {
  start();
  EXPECT_EQ(shake_hands({0, 0, {}, {"h2"}, {}}), "") << "who comes to this port means what it speaks";
  std::string name;
  EXPECT_EQ(shake_hands({0, 0, {}, {"h2", "http/1.1"}, {}},
                        [&](client_tls& tls) {
                          const unsigned char* bytes = nullptr;
                          unsigned size = 0;
                          SSL_get0_alpn_selected(tls.ssl(), &bytes, &size);
                          name.assign(bytes, bytes + size);
                        }),
            "");
  EXPECT_EQ(name, "http/1.1");
}

TEST_F(Tls, ResumesASessionByItsTicket) {
  start();
  std::shared_ptr<SSL_SESSION> kept;
  {
    auto alice = client(over_tls());
    alice.send_bytes("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(alice.read_http_answer(), 200);  // tickets came before it
    alice.finish_sending();                    // a session that was cut off is not resumed
    kept = {SSL_get1_session(alice.tls()->ssl()), &SSL_SESSION_free};
  }
  ASSERT_EQ(SSL_SESSION_is_resumable(kept.get()), 1);
  bool was_resumed = false;
  EXPECT_EQ(shake_hands({0, 0, {}, {}, kept},
                        [&](client_tls& tls) { was_resumed = SSL_session_reused(tls.ssl()) == 1; }),
            "");
  EXPECT_TRUE(was_resumed);
}

TEST_F(Tls, DoesNotNegotiateTwice) {
  start();
  EXPECT_EQ(shake_hands({0, TLS1_2_VERSION, {}, {}, {}},
                        [&](client_tls& tls) {
                          SSL_renegotiate(tls.ssl());
                          EXPECT_NE(tls.shake_hands(patience), "");
                        }),
            "");
  EXPECT_EQ(shake_hands({}), "") << "it serves on";
}

TEST_F(Tls, PutsManyFramesIntoARecord) {
  start();
  const auto text = [](int i) { return std::to_string(i) + std::string(200, 'x'); };
  gateway.script([&](scripted_session& session, const client_request& request) {
    for (int i = 0; i < 100; ++i) session.out->push_event(text_frame(text(i)));
    answer(session, request);
  });
  auto alice = connected(over_tls());
  alice.send_text(ping_request(1));
  EXPECT_EQ(alice.read_text(), text(0));
  const auto before = alice.tls()->data_records();
  for (int i = 1; i < 100; ++i) EXPECT_EQ(alice.read_text(), text(i));
  EXPECT_EQ(alice.read_text(), "1");
  // 20 kB in records of 16 KiB, in two pieces if the loop so wanted.
  EXPECT_LE(alice.tls()->data_records() - before, 3U);
}

TEST_F(Tls, CutsOffWhoBeginsWithNeitherTlsNorAPage) {
  start();
  for (const std::string& begin :
       {std::string("SSH-2.0-OpenSSH\r\n"), std::string("\0\0\0\0", 4), std::string("{\"id\":1}"),
        std::string("\x80\x2e\x01\x03\x01", 5), std::string("POST /v1/tokens HTTP/1.1\r\n")}) {
    auto stranger = client(plainly());
    stranger.send_bytes(begin);
    EXPECT_TRUE(stranger.sees_the_end());
  }
}

TEST_F(Tls, CutsOffAHandshakeThatIsNone) {
  start();
  auto garbage = client(plainly());
  garbage.send_bytes(std::string("\x16\x03\x01\x00\x20", 5) + std::string(64, 'x'));
  EXPECT_TRUE(garbage.sees_the_end());
  auto endless = client(plainly());
  endless.send_bytes("\x16\x03\x01\xff\xff" + std::string(70'000, 'x'));
  EXPECT_TRUE(endless.sees_the_end());
  // And a record that was tampered with, after a good handshake.
  auto alice = connected(over_tls());
  alice.send_raw(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
  EXPECT_TRUE(alice.sees_the_end());
  EXPECT_THAT(alice.tls()->alert(), AnyOf("bad record mac", "decryption failed"));
  EXPECT_TRUE(gateway.session()->becomes_closed());
}

TEST_F(Tls, CutsOffWhoFallsSilentInTheHandshake) {
  options.header_timeout = 100ms;
  start();
  auto silent = client(plainly());
  EXPECT_TRUE(silent.sees_the_end());
  auto begun = client(plainly());
  begun.send_bytes("\x16");
  EXPECT_TRUE(begun.sees_the_end());
  auto half = client(plainly());
  half.send_bytes(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
  EXPECT_TRUE(half.sees_the_end());
}

TEST_F(Tls, ShowsWhoAsksPlainlyTheWay) {
  start();
  for (const std::string method : {"GET", "HEAD"}) {
    auto lost = client(plainly());
    lost.send_bytes(method + " /chat?to=bob HTTP/1.1\r\nHost: chat.example.org:8443\r\n\r\n");
    if (method == "HEAD") {
      EXPECT_TRUE(lost.sees_the_end());
      continue;
    }
    EXPECT_EQ(lost.read_http_answer(), 308);
    EXPECT_THAT(lost.answer_head(), HasSubstr("\r\nLocation: https://chat.example.org:8443/chat?to=bob\r\n"));
    EXPECT_TRUE(lost.sees_the_end());
  }
  auto upgrading = client(plainly());
  EXPECT_EQ(upgrading.upgrade(), 308);
  EXPECT_EQ(gateway.sessions(), 0U);
}

TEST_F(Tls, AnswersNothingElsePlainly) {
  start();
  for (const std::string head :
       {"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a/b@c\r\n\r\n", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GRAB / HTTP/1.1\r\nHost: a\r\n\r\n", "GET nonsense\r\n\r\n", "HELO mail.example.org\r\n\r\n"}) {
    auto lost = client(plainly());
    lost.send_bytes(head);
    EXPECT_EQ(lost.read_http_answer(), 0) << head;
  }
  auto large = client(plainly());
  large.send_bytes("GET /" + std::string(9'000, 'x'));
  EXPECT_EQ(large.read_http_answer(), 0);
}

TEST_F(Tls, ShowsANewCertificateToNewConnectionsAndKeepsTheOldOnes) {
  start();
  gateway.script(answer);
  auto alice = connected(over_tls());
  EXPECT_EQ(name_shown(), "first.example.org");

  pair.replace("DNS:second.example.org");
  EXPECT_EQ(name_shown(), "first.example.org") << "nobody asked for it yet";
  ASSERT_TRUE(options.tls->reload().has_value());
  EXPECT_EQ(name_shown(), "second.example.org");
  alice.send_text(ping_request(7));
  EXPECT_EQ(alice.read_text(), "7");

  pair.write("certificate.pem", "nonsense");
  EXPECT_TRUE(options.tls->reload().has_error());
  EXPECT_EQ(name_shown(), "second.example.org");
  alice.send_text(ping_request(8));
  EXPECT_EQ(alice.read_text(), "8");
}

TEST_F(Tls, SaysGoodbyeAtTheEnd) {
  options.idle_timeout = 100ms;
  start();
  auto alice = connected(over_tls());
  gateway.session()->out->close(close_code::restart, "x");
  EXPECT_EQ(alice.read_to_close(), 1012U);
  EXPECT_TRUE(alice.tls()->heard_goodbye());

  auto bob = client(over_tls());
  bob.send_bytes("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(bob.read_http_answer(), 200);
  EXPECT_TRUE(bob.sees_the_end());
  EXPECT_TRUE(bob.tls()->heard_goodbye());
}

TEST_F(Tls, IsNoAddressOfItsOwnForPagesThatCamePlainly) {
  start();
  EXPECT_EQ(client(over_tls()).upgrade("Origin: https://parley.test\r\n"), 101);
  EXPECT_EQ(client(over_tls()).upgrade("Origin: http://parley.test\r\n"), 403);
  for (const auto& [origin, status] : {std::pair{"https://a", 401}, {"http://a", 403}}) {
    auto bob = client(over_tls());
    bob.send_bytes("POST /v1/sessions HTTP/1.1\r\nHost: a\r\nOrigin: " + std::string(origin) +
                   "\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(bob.read_http_answer(), status) << origin;
  }
}

TEST_F(Tls, TakesPagesThatCamePlainlyWhenTheyAreListed) {
  options.origins = {"http://parley.test"};
  start();
  EXPECT_EQ(client(over_tls()).upgrade("Origin: http://parley.test\r\n"), 101);
}

TEST_F(Tls, IsAddressedByAName) {
  start();
  EXPECT_EQ(served().url(), "https://first.example.org:" + std::to_string(port()));
}

}  // namespace
}  // namespace parley::testing
