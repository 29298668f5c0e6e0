#include <gmock/gmock.h>

#include <future>
#include <map>

#include "tests/transport/polling/polling_fixture.hpp"

// The same session without a WebSocket, over real sockets; what the session says is scripted.

namespace parley::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using admission = outbox::admission;

TEST_F(Polling, MakesAnIdentifiedSessionWhoseFirstEventIsHello) {
  start();
  const auto path = session(R"({"device":"phone"})");
  EXPECT_EQ(path.size(), std::string("/v1/sessions/").size() + 48);
  const auto identify = std::get<request::identify>(gateway.session()->request(1).op);
  EXPECT_EQ(identify.device, "phone");
  EXPECT_EQ(call("GET", path + "/events").body, R"({"events":[{"n":1,"ev":"hello","d":{}}],"next":1})");
  EXPECT_EQ(call("GET", path + "/events?wait=0&after=1").body, R"({"events":[],"next":1})");
  EXPECT_NE(session(), session());
}

TEST_F(Polling, RefusesABadTokenAsIdentifyDoesAndKeepsNoSession) {
  start();
  const auto refused = call("POST", "/v1/sessions", "", "other");
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.body, HasSubstr("not a good token"));
  EXPECT_TRUE(gateway.session()->becomes_closed());
  EXPECT_EQ(call("POST", "/v1/sessions", "", "").status, 401);
  EXPECT_EQ(call("POST", "/v1/sessions", "[]").status, 400);
  EXPECT_EQ(call("POST", "/v1/sessions", R"({"device":5})").status, 400);
  EXPECT_EQ(call("GET", "/v1/sessions").status, 405);
  gateway.script([](scripted_session& session, const client_request& request) {
    session.out->push_reply(
        json_encoder{}.encode_refusal(request.id, {errc::overloaded, "come back", 1'500ms}));
    session.out->close(close_code::come_back_later, "come back later");
  });
  const auto later = call("POST", "/v1/sessions");
  EXPECT_EQ(later.status, 503);
  EXPECT_THAT(later.body, HasSubstr(R"("retry_after_ms":1500)"));
  EXPECT_THAT(later.head, HasSubstr("Retry-After: 2"));
  gateway.refuse_new();
  EXPECT_EQ(call("POST", "/v1/sessions").status, 503);
}

TEST_F(Polling, AnswersOneRequestOrAnArrayInOrder) {
  start();
  const auto path = session();
  EXPECT_EQ(call("POST", path + "/ops", R"({"id":7,"op":"ping"})").body, R"({"id":7,"ok":true,"d":{}})");
  // The same number twice: each has its own answer.
  EXPECT_EQ(
      call("POST", path + "/ops", R"([{"id":9,"op":"ping"},{"id":3,"op":"logout"},{"id":9,"op":"ping"}])")
          .body,
      R"([{"id":9,"ok":true,"d":{}},{"id":3,"ok":true,"d":{}},{"id":9,"ok":true,"d":{}}])");
  EXPECT_TRUE(std::holds_alternative<request::logout>(gateway.session()->request(4).op));
  EXPECT_EQ(call("POST", path + "/ops", "[]").body, "[]");
  EXPECT_EQ(call("POST", path + "/ops", "{}").status, 400);
  EXPECT_EQ(call("POST", path + "/ops", "x", "secret-token").status, 400);
  EXPECT_EQ(gateway.session()->requests(), 5U);
}

TEST_F(Polling, AnswersAnArrayWhenTheLastOfItIsAnswered) {
  start();
  const auto path = session();
  auto alice = client();
  send(alice, "POST", path + "/ops", R"([{"id":1,"op":"blocked"},{"id":2,"op":"ping"}])");
  const auto open = gateway.session()->request(2);
  gateway.session()->request(3);
  gateway.session()->out->push_reply(json_encoder{}.encode_reply(open.id, reply::nothing{}));
  EXPECT_EQ(read(alice).body, R"([{"id":1,"ok":true,"d":{}},{"id":2,"ok":true,"d":{}}])");
}

TEST_F(Polling, SaysThatTheOutcomeIsNotKnownWhenTheSessionIsSilent) {
  options.rules.request_timeout = 10ms;
  start();
  const auto path = session();
  const auto body = call("POST", path + "/ops", R"([{"id":1,"op":"blocked"},{"id":2,"op":"ping"}])").body;
  EXPECT_THAT(body, HasSubstr(R"({"id":1,"ok":false,"error":{"code":"unavailable")"));
  EXPECT_THAT(body, HasSubstr(R"({"id":2,"ok":true)"));
}

TEST_F(Polling, BoundsWhatIsUnanswered) {
  options.rules.unanswered_requests = 2;
  options.rules.frame_bytes = 100'000;
  start();
  const auto path = session();
  const std::string three = R"([{"id":1,"op":"ping"},{"id":2,"op":"ping"},{"id":3,"op":"ping"}])";
  EXPECT_EQ(call("POST", path + "/ops", three).status, 413);
  auto alice = client();
  send(alice, "POST", path + "/ops", R"([{"id":1,"op":"blocked"},{"id":2,"op":"blocked"}])");
  const auto first = gateway.session()->request(2);
  const auto second = gateway.session()->request(3);
  const auto busy = call("POST", path + "/ops", R"({"id":4,"op":"ping"})");
  EXPECT_EQ(busy.status, 429);
  EXPECT_THAT(busy.body, HasSubstr("rate_limited"));
  for (const auto id : {first.id, second.id})
    gateway.session()->out->push_reply(json_encoder{}.encode_reply(id, reply::nothing{}));
  EXPECT_EQ(read(alice).status, 200);
  EXPECT_EQ(call("POST", path + "/ops", R"({"id":4,"op":"ping"})").status, 200);
  // Above the 64 KiB of other paths, below the limit of a frame.
  const auto large = R"({"id":5,"op":"ping","more":")" + std::string(90'000, 'x') + "\"}";
  EXPECT_EQ(call("POST", path + "/ops", large).status, 200);
  EXPECT_EQ(call("POST", path + "/ops", large + std::string(20'000, ' ')).status, 413);
  auto stranger = client();
  stranger.send_bytes("POST " + path + "/ops HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n");
  EXPECT_EQ(stranger.read_http_answer(), 401) << "without its body";
}

TEST_F(Polling, WakesACallThatWaitsAsSoonAsThereIsAnEvent) {
  start();
  const auto path = session();
  call("GET", path + "/events");
  for (int i = 2; i < 52; ++i) {
    auto alice = client();
    send(alice, "GET", path + "/events?wait=25&after=" + std::to_string(i - 1));
    // Whether it waits already makes no difference.
    gateway.session()->out->push_event(text_frame(R"({"ev":"x","d":1})"));
    EXPECT_EQ(read(alice).body, R"({"events":[{"n":)" + std::to_string(i) + R"(,"ev":"x","d":1}],"next":)" +
                                    std::to_string(i) + "}");
  }
}

TEST_F(Polling, AnswersEmptyWhenTheWaitIsOver) {
  start();
  const auto path = session();
  call("GET", path + "/events");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(call("GET", path + "/events?wait=1&after=1").body, R"({"events":[],"next":1})");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 1s);
}

TEST_F(Polling, GivesUnacknowledgedEventsAgain) {
  start();
  const auto path = session();
  gateway.session()->out->push_event(text_frame(R"({"ev":"x","d":1})"));
  const auto first = call("GET", path + "/events").body;
  EXPECT_THAT(first, HasSubstr(R"("next":2)"));
  EXPECT_EQ(call("GET", path + "/events?after=0&wait=25").body, first);
  EXPECT_EQ(call("GET", path + "/events?after=1&wait=25").body,
            R"({"events":[{"n":2,"ev":"x","d":1}],"next":2})");
  EXPECT_EQ(call("GET", path + "/events?after=3").status, 400) << "acknowledges what was never given";
  EXPECT_EQ(call("GET", path + "/events?after=2").body, R"({"events":[],"next":2})");
}

TEST_F(Polling, RefusesNumbersThatAreNone) {
  start();
  const auto path = session();
  for (const auto* query : {"wait=61", "wait=-1", "wait=", "wait", "wait=1x", "after=x", "after=-1",
                            "after=99999999999999999999"})
    EXPECT_EQ(call("GET", path + "/events?" + query).status, 400) << query;
  EXPECT_EQ(call("GET", path + "/events?unknown=1&wait=60").status, 200);
}

TEST_F(Polling, ANewerCallEndsTheOlder) {
  start();
  const auto path = session();
  call("GET", path + "/events");
  auto older = client();
  auto newer = client();
  send(older, "GET", path + "/events?wait=60&after=1");
  // Both orders of arrival are right; the one that came first is ended, the other gets the event.
  send(newer, "GET", path + "/events?wait=60&after=1");
  std::map<std::string, int> bodies;
  std::future<answered> one = std::async(std::launch::async, [&] { return read(older); });
  std::future<answered> other = std::async(std::launch::async, [&] { return read(newer); });
  while (one.wait_for(1ms) != std::future_status::ready && other.wait_for(1ms) != std::future_status::ready) {
  }
  gateway.session()->out->push_event(text_frame(R"({"ev":"x","d":1})"));
  ++bodies[one.get().body];
  ++bodies[other.get().body];
  EXPECT_EQ(bodies[R"({"events":[],"next":1})"], 1);
  EXPECT_EQ(bodies[R"({"events":[{"n":2,"ev":"x","d":1}],"next":2})"], 1);
}

TEST_F(Polling, ASessionBelongsToTheTokenThatMadeIt) {
  start();
  const auto path = session();
  const auto unknown = call("GET", "/v1/sessions/nothing/events");
  EXPECT_EQ(unknown.status, 404);
  for (const auto* other : {"secret-tokem", "secret-token2", "x"}) {
    EXPECT_EQ(call("GET", path + "/events", "", other).body, unknown.body);
    EXPECT_EQ(call("POST", path + "/ops", R"({"id":7,"op":"ping"})", other).body, unknown.body);
    EXPECT_EQ(call("DELETE", path, "", other).body, unknown.body);
  }
  EXPECT_EQ(call("GET", path + "/events", "", "").status, 401);
  EXPECT_EQ(call("GET", path + "/other").status, 404);
  EXPECT_EQ(call("POST", path + "/events", "{}").status, 405);
  EXPECT_EQ(call("GET", path + "/events").status, 200);
}

TEST_F(Polling, EndsASessionThatNobodyCalls) {
  options.polling.idle_timeout = 100ms;
  start();
  const auto path = session();
  EXPECT_EQ(status_once_over(path), 404);
}

TEST_F(Polling, ACallThatWaitsKeepsItsSession) {
  options.polling.idle_timeout = 100ms;
  start();
  const auto path = session();
  auto alice = client();
  send(alice, "GET", path + "/events?wait=1&after=0");
  ASSERT_EQ(read(alice).status, 200);
  const auto waited = ask(alice, "GET", path + "/events?wait=1&after=1");
  EXPECT_EQ(waited.status, 200);
  EXPECT_FALSE(gateway.session()->is_closed());
  EXPECT_EQ(status_once_over(path), 404);
}

TEST_F(Polling, TellsTheNextCallWhyTheSessionHasEnded) {
  start();
  const auto path = session();
  gateway.session()->out->close(close_code::token_refused, "the token was revoked: sign in again");
  EXPECT_TRUE(gateway.session()->becomes_closed());
  EXPECT_EQ(gateway.session()->out->push_event(text_frame("{}")), admission::closed);
  const auto told = call("GET", path + "/events");
  EXPECT_EQ(told.status, 401);
  EXPECT_THAT(told.body, HasSubstr("revoked"));
  EXPECT_EQ(call("GET", path + "/events").status, 404);
  const auto next = session();
  auto alice = client();
  call("GET", next + "/events");
  send(alice, "GET", next + "/events?wait=60&after=1");
  gateway.session(1)->out->close(close_code::device_replaced, "the same device connected again");
  const auto replaced = read(alice);
  EXPECT_EQ(replaced.status, 404);
  EXPECT_THAT(replaced.body, HasSubstr("the same device connected again"));
}

TEST_F(Polling, EndsWhenItsClientSaysSo) {
  start();
  const auto path = session();
  EXPECT_EQ(call("DELETE", path).status, 204);
  EXPECT_TRUE(gateway.session()->becomes_closed());
  EXPECT_EQ(call("GET", path + "/events").status, 404);
}

TEST_F(Polling, RefusesEventsOverItsBoundUntilHalfIsAcknowledged) {
  options.rules.outbox_bytes = 10'000;
  start();
  const auto path = session();
  const auto played = gateway.session();
  int pushed = 1;
  while (played->out->push_event(text_frame(R"({"ev":"x","d":")" + std::string(900, 'x') + "\"}")) ==
         admission::accepted)
    ASSERT_LT(++pushed, 20);
  // A reply is taken even now.
  EXPECT_EQ(call("POST", path + "/ops", R"({"id":7,"op":"ping"})").status, 200);
  call("GET", path + "/events");
  call("GET", path + "/events?after=2");
  EXPECT_EQ(played->times_drained(), 0U);
  call("GET", path + "/events?after=" + std::to_string(pushed));
  EXPECT_TRUE(played->becomes_drained());
  EXPECT_EQ(played->out->push_event(text_frame("{}")), admission::accepted);
}

TEST_F(Polling, TakesNoMoreSessionsThanTheNodeMayHave) {
  options.polling.sessions_max = 2;
  start();
  const auto path = session();
  session();
  const auto crowded = call("POST", "/v1/sessions");
  EXPECT_EQ(crowded.status, 503);
  EXPECT_THAT(crowded.body, HasSubstr("overloaded"));
  call("DELETE", path);
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (call("POST", "/v1/sessions").status != 201) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
}

TEST_F(Polling, AsksTheSameOfPagesAsAWebSocket) {
  options.origins = {"https://chat.example"};
  start();
  const std::string_view foreign = "Origin: https://other.example\r\n";
  const std::string_view allowed = "Origin: https://chat.example\r\n";
  EXPECT_EQ(call("POST", "/v1/sessions", "", "secret-token", foreign).status, 403);
  EXPECT_EQ(call("OPTIONS", "/v1/sessions", "", "", foreign).status, 403);
  const auto asked = call("OPTIONS", "/v1/sessions", "", "", allowed);
  EXPECT_EQ(asked.status, 204);
  EXPECT_THAT(asked.head, HasSubstr("Access-Control-Allow-Headers: Authorization"));
  const auto made = call("POST", "/v1/sessions", "", "secret-token", allowed);
  EXPECT_EQ(made.status, 201);
  EXPECT_THAT(made.head, HasSubstr("Access-Control-Allow-Origin: https://chat.example"));
}

TEST_F(Polling, EndsWithItsServer) {
  options.threads = 2;
  start();
  const auto path = session();
  call("GET", path + "/events");
  auto alice = client();
  send(alice, "GET", path + "/events?wait=60&after=1");
  // A second call shows that the first is being served.
  auto bob = client();
  send(bob, "GET", path + "/events?wait=60&after=1");
  std::thread stopping{[&] { gateway.session()->becomes_closed(); }};
  stop();
  stopping.join();
  EXPECT_EQ(gateway.session()->out->push_event(text_frame("{}")), admission::closed);
  gateway.session()->out->push_reply(text_frame(R"({"id":1,"ok":true,"d":{}})"));
}

}  // namespace
}  // namespace parley::testing
