#include <gmock/gmock.h>

#include <future>

#include "tests/transport/support/running_server.hpp"

// HTTP as clients meet it, byte by byte where bytes decide.

namespace parley::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Http : public ServerTest {
protected:
  void SetUp() override { start(); }

  /// The status of the answer to these bytes on a connection of their own.
  int status(std::string_view bytes) {
    auto client = this->client();
    client.send_bytes(bytes);
    const int answered = client.read_http_answer();
    head = client.answer_head();
    body = client.body;
    return answered;
  }
  int post(std::string_view path, std::string_view json, std::string_view type = "application/json") {
    return status("POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\nContent-Type: " + std::string(type) +
                  "\r\nContent-Length: " + std::to_string(json.size()) + "\r\n\r\n" + std::string(json));
  }

  std::string head;
  std::string body;
};

TEST_F(Http, MakesAccountsAndTokens) {
  EXPECT_EQ(post("/v1/accounts", R"({"name":"bob","password":"correct horse"})"), 201);
  EXPECT_EQ(body, R"({"user":{"id":"6","name":"bob"}})");
  EXPECT_EQ(post("/v1/accounts", R"({"name":"alice","password":"correct horse"})"), 409);
  EXPECT_THAT(body, HasSubstr(R"("code":"conflict")"));
  EXPECT_EQ(
      post("/v1/tokens", R"({"name":"alice","password":"correct horse"})", "application/json; charset=utf-8"),
      201);
  EXPECT_EQ(body, R"({"token":"secret-token","user":{"id":"5","name":"alice"}})");
  EXPECT_EQ(post("/v1/tokens", R"({"name":"alice","password":"wrong"})"), 401);
}

TEST_F(Http, RevokesTokens) {
  const auto revoke = [&](std::string_view authorization) {
    return status("DELETE /v1/tokens/current HTTP/1.1\r\nHost: a\r\n" + std::string(authorization) + "\r\n");
  };
  EXPECT_EQ(revoke("Authorization: Bearer secret-token\r\n"), 204);
  EXPECT_EQ(revoke("authorization: bearer secret-token\r\n"), 204);
  EXPECT_EQ(revoke("Authorization: Bearer other\r\n"), 401);
  EXPECT_EQ(revoke("Authorization: Basic secret-token\r\n"), 401);
  EXPECT_EQ(revoke(""), 401);
  EXPECT_THAT(head, HasSubstr("WWW-Authenticate: Bearer"));
}

TEST_F(Http, RefusesBodiesThatAreNotWhatTheyShouldBe) {
  for (const auto* json :
       {"", "[]", "{", R"({"name":"bob"})", R"({"name":5,"password":"correct horse"})",
        R"({"name":"b\u0000b","password":"correct horse"})", "{\"name\":\"\xFF\",\"password\":\"x\"}"})
    EXPECT_EQ(post("/v1/accounts", json), 400) << json;
  EXPECT_EQ(post("/v1/accounts", "{}", "text/plain"), 415);
  EXPECT_EQ(post("/v1/accounts", std::string(65'537, ' ')), 413);
  EXPECT_THAT(body, HasSubstr("too_large"));
  EXPECT_EQ(status("GET /v1/accounts HTTP/1.1\r\nHost: a\r\n\r\n"), 405);
  EXPECT_THAT(head, HasSubstr("Allow: POST"));
}

TEST_F(Http, TellsWhetherItServes) {
  EXPECT_EQ(status("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
  EXPECT_EQ(status("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
  gateway.not_ready = "PostgreSQL does not answer";
  EXPECT_EQ(status("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n"), 503);
  EXPECT_THAT(body, HasSubstr("PostgreSQL does not answer"));
  EXPECT_EQ(status("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
  EXPECT_EQ(status("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"), 404);
}

TEST_F(Http, AnswersHeadWithoutABody) {
  auto alice = client();
  alice.send_bytes(
      "HEAD /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  std::string all;
  EXPECT_EQ(alice.read_http_answer(), 200);
  // The body that HEAD does not have is the beginning of the next answer.
  EXPECT_THAT(alice.body, Not(HasSubstr("alive")));
}

TEST_F(Http, ServesPipelinedRequestsInOrder) {
  auto alice = client();
  const std::string json = R"({"name":"alice","password":"correct horse"})";
  std::string all;
  for (int i = 0; i < 50; ++i) {
    all += "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    all +=
        "POST /v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: "
        "chunked\r\n\r\n" +
        std::string("10\r\n") + json.substr(0, 16) + "\r\n1b\r\n" + json.substr(16, 27) + "\r\n0\r\n\r\n";
    all += "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  alice.send_bytes(all);
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(alice.read_http_answer(), 200);
    // The limit of sign-ins for an address is 30 a minute.
    const int token = alice.read_http_answer();
    ASSERT_EQ(token, i < 30 ? 201 : 429) << alice.body;
    ASSERT_EQ(alice.read_http_answer(), 404);
  }
}

TEST_F(Http, KeepsOrEndsTheConnectionAsAsked) {
  auto old = client();
  old.send_bytes("GET /livez HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read_http_answer(), 200);
  EXPECT_TRUE(old.sees_the_end());
  auto asked = client();
  asked.send_bytes("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(asked.read_http_answer(), 200);
  EXPECT_TRUE(asked.sees_the_end());
}

TEST_F(Http, GoesOnWithABodyWhenAskedTo) {
  auto alice = client();
  const std::string json = R"({"name":"alice","password":"correct horse"})";
  alice.send_bytes(
      "POST /v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
      "Content-Length: " +
      std::to_string(json.size()) + "\r\n\r\n");
  EXPECT_EQ(alice.read_http_answer(), 100);
  alice.send_bytes(json);
  EXPECT_EQ(alice.read_http_answer(), 201);
}

TEST_F(Http, RefusesWhateverMakesTheEndOfARequestUnclear) {
  const std::string post = "POST /v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
  for (const auto* lines :
       {"Transfer-Encoding: gzip\r\n\r\n", "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", "Content-Length: +2\r\n\r\n{}",
        "Content-Length: 0x2\r\n\r\n{}", "Content-Length: 99999999999999999999\r\n\r\n{}",
        "Content-Length : 2\r\n\r\n{}", "X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
        "Host: b\r\nContent-Length: 2\r\n\r\n{}"})
    EXPECT_EQ(status(post + lines), 400) << lines;
  EXPECT_EQ(status("POST /v1/tokens HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            400);
  EXPECT_EQ(status("GET /livez HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status("GET /livez HTTP/2.0\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("GET http://a/livez HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("GET /a/../livez HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("GET /livez\r\n\r\n"), 400);
  EXPECT_EQ(status("hello\r\n\r\n"), 400);
  EXPECT_EQ(status("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"), 405);
  EXPECT_EQ(status("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST_F(Http, EndsTheConnectionAfterARefusedHead) {
  // What follows may belong to the refused request: it must not be taken for one of its own.
  auto alice = client();
  alice.send_bytes(
      "POST /v1/tokens HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nGET /livez HTTP/1.1\r\nHost: "
      "a\r\n\r\n");
  EXPECT_EQ(alice.read_http_answer(), 400);
  EXPECT_TRUE(alice.sees_the_end());
}

TEST_F(Http, BoundsTheHead) {
  EXPECT_EQ(status("GET /livez HTTP/1.1\r\nHost: a\r\nX: " + std::string(7'000, 'x') + "\r\n\r\n"), 200);
  EXPECT_EQ(status("GET /livez HTTP/1.1\r\nHost: a\r\nX: " + std::string(9'000, 'x') + "\r\n\r\n"), 431);
  EXPECT_EQ(status("GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n"), 431);
}

TEST_F(Http, FindsTheEndOfAHeadThatComesByteByByte) {
  start();
  auto alice = client();
  for (const char each : std::string("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")) alice.send_bytes({&each, 1});
  EXPECT_EQ(alice.read_http_answer(), 200);
}

TEST_F(Http, SaysAtOnceThatItSpeaksNoTls) {
  options.tls = nullptr;
  start();
  strict_client::options plainly;
  plainly.over_tls = false;
  auto lost = client(plainly);
  lost.send_bytes(std::string("\x16\x03\x01\x02\x00\x01\x00", 7));
  EXPECT_EQ(lost.read_http_answer(), 400);
  EXPECT_NE(lost.body.find("no TLS"), std::string::npos);
  EXPECT_TRUE(lost.sees_the_end());
}

TEST_F(Http, BoundsAChunkedBody) {
  std::string chunks;
  for (int i = 0; i < 80; ++i) chunks += "400\r\n" + std::string(1'024, ' ') + "\r\n";
  EXPECT_EQ(
      status("POST /v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: "
             "chunked\r\n\r\n" +
             chunks + "0\r\n\r\n"),
      413);
}

TEST_F(Http, AnswersABodyWhoseChunksAreNone) {
  for (const auto* chunks : {"x\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "2\r\nhello\r\n0\r\n\r\n",
                             "fffffffffffffffff\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n"}) {
    EXPECT_EQ(status("POST /v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                     "Transfer-Encoding: chunked\r\n\r\n" +
                     std::string(chunks)),
              400)
        << chunks;
    EXPECT_THAT(body, HasSubstr(R"("code":"bad_request")")) << chunks;
  }
}

TEST_F(Http, LetsARefusalArriveThoughTheClientStillSends) {
  // A connection closed with unread bytes would be reset, and the answer lost on its way.
  for (int round = 0; round < 20; ++round) {
    auto alice = client();
    alice.send_bytes(
        "POST /v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: "
        "300000\r\n\r\n" +
        std::string(300'000, ' '));
    EXPECT_EQ(alice.read_http_answer(), 413);
  }
}

/// Accounts that answer when the test says so.
class slow_accounts : public one_account {
public:
  void create_token(std::string, std::string, callback<issued_token> done) override {
    asked_.set_value(std::move(done));
  }
  callback<issued_token> asked() { return asked_.get_future().get(); }

private:
  std::promise<callback<issued_token>> asked_;
};

TEST(Server, DropsAnAnswerThatComesAfterItIsGone) {
  scripted_gateway gateway;
  slow_accounts people;
  server_options options;
  options.port = 0;
  auto served = std::make_unique<server>(options, gateway, people);
  ASSERT_TRUE(served->start().has_value());
  strict_client alice{served->port()};
  const std::string json = R"({"name":"alice","password":"correct horse"})";
  alice.send_bytes(
      "POST /v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(json.size()) + "\r\n\r\n" + json);
  const auto answer = people.asked();
  served->stop(std::chrono::milliseconds{0});
  EXPECT_TRUE(alice.sees_the_end());
  served.reset();
  answer(issued_token{"late", {{5}, "alice"}});
}

TEST(Server, SaysWhichAddressItCannotHave) {
  scripted_gateway gateway;
  one_account people;
  server_options options;
  options.port = 0;
  server first{options, gateway, people};
  ASSERT_TRUE(first.start().has_value());
  EXPECT_EQ(first.url(), "http://127.0.0.1:" + std::to_string(first.port()));
  options.address = "192.0.2.1";
  server second{options, gateway, people};
  const auto started = second.start();
  ASSERT_TRUE(started.has_error());
  EXPECT_THAT(started.error().message, HasSubstr("192.0.2.1"));
  EXPECT_THAT(started.error().message, HasSubstr("--listen.port"));
  first.stop(std::chrono::milliseconds{100});
}

}  // namespace
}  // namespace parley::testing
