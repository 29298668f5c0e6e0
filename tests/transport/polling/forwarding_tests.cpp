#include <gmock/gmock.h>

#include <condition_variable>
#include <future>
#include <mutex>

#include "tests/transport/polling/polling_fixture.hpp"

// Calls for the sessions of other nodes, over real sockets; what the other node says is scripted.

namespace parley::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string own_mark = "0123456789abcdef";
const std::string other_mark = "fedcba9876543210";
constexpr incarnation_id other_node{2};

/// A cluster of this node and another one.
class scripted_forwarding : public call_forwarding {
public:
  std::function<void(const forwarded_call&, const answered&)> script;
  std::vector<forwarded_call> calls;
  std::vector<std::chrono::milliseconds> within;

  [[nodiscard]] std::string mark() const override { return own_mark; }
  [[nodiscard]] std::optional<incarnation_id> marked(std::string_view mark) const override {
    return mark == other_mark ? std::optional(other_node) : std::nullopt;
  }
  void forward(incarnation_id node, forwarded_call call, std::chrono::milliseconds time,
               answered respond) override {
    EXPECT_EQ(node, other_node);
    calls.push_back(call);
    within.push_back(time);
    script(call, respond);
  }
  void serve(server answers) override {
    const std::scoped_lock lock{mutex_};
    server_ = std::move(answers);
  }
  void give_up() override { has_given_up = true; }
  std::atomic<bool> has_given_up{false};

  /// The other node hands over a call.
  forwarded_answer ask(forwarded_call call) {
    std::promise<forwarded_answer> given;
    {
      const std::scoped_lock lock{mutex_};
      if (!server_) return {};
      server_(std::move(call), [&](forwarded_answer answer) { given.set_value(std::move(answer)); });
    }
    return given.get_future().get();
  }
  forwarded_answer ask(std::string method, std::string target, std::string body = "",
                       std::string token = "secret-token", std::string type = "application/json") {
    return ask(
        {{std::move(method), std::move(target), "Bearer " + token, std::move(type), false}, std::move(body)});
  }
  bool serves() {
    const std::scoped_lock lock{mutex_};
    return server_ != nullptr;
  }

private:
  std::mutex mutex_;
  server server_;
};

class Forwarding : public Polling {
protected:
  Forwarding() { options.forwarding = cluster; }
  ~Forwarding() override { stop(); }
  void other_answers(outcome<forwarded_answer> answer) {
    cluster->script = [answer](const forwarded_call&, const auto& respond) { respond(answer); };
  }
  std::shared_ptr<scripted_forwarding> cluster = std::make_shared<scripted_forwarding>();
  const std::string elsewhere = "/v1/sessions/" + other_mark + std::string(48, '7');
};

TEST_F(Forwarding, NamesSaySessionsOfWhichNodeTheyAre) {
  start();
  const auto path = session();
  EXPECT_EQ(path.substr(0, 29), "/v1/sessions/" + own_mark);
  EXPECT_EQ(path.size(), std::string("/v1/sessions/").size() + 16 + 48);
  EXPECT_EQ(call("GET", path + "/events").status, 200);
  EXPECT_TRUE(cluster->calls.empty());
}

TEST_F(Forwarding, HandsOverACallAndGivesTheAnswerAsItIs) {
  start();
  other_answers(forwarded_answer{{429, {{"Retry-After", "7"}, {"Content-Type", "text/x"}}}, "busy"});
  const auto given = call("POST", elsewhere + "/ops", R"([{"id":1}])", "some-token");
  EXPECT_EQ(given.status, 429);
  EXPECT_EQ(given.body, "busy");
  EXPECT_THAT(given.head, HasSubstr("Retry-After: 7"));
  EXPECT_THAT(given.head, HasSubstr("Content-Type: text/x"));
  const auto& asked = cluster->calls.at(0);
  EXPECT_EQ(asked.head.method, "POST");
  EXPECT_EQ(asked.head.target, elsewhere + "/ops");
  EXPECT_EQ(asked.head.authorization, "Bearer some-token");
  EXPECT_EQ(asked.head.content_type, "application/json");
  EXPECT_EQ(asked.body, R"([{"id":1}])");
  // As long as it may take there, and a little more.
  EXPECT_GT(cluster->within.at(0), options.rules.request_timeout);
  call("GET", elsewhere + "/events?after=5&wait=25");
  EXPECT_EQ(cluster->calls.at(1).head.target, elsewhere + "/events?after=5&wait=25");
  EXPECT_GT(cluster->within.at(1), 25s);
  EXPECT_LT(cluster->within.at(1), 35s);
  call("DELETE", elsewhere);
  EXPECT_EQ(cluster->calls.at(2).head.method, "DELETE");
}

TEST_F(Forwarding, AnswersItselfWhatNeedsNoSession) {
  start();
  EXPECT_EQ(call("GET", elsewhere + "/events", "", "").status, 401);
  EXPECT_EQ(call("GET", elsewhere + "/ops").status, 405);
  EXPECT_EQ(call("GET", elsewhere + "/other").status, 404);
  const auto unknown = "/v1/sessions/" + std::string(64, '7');
  EXPECT_EQ(call("GET", unknown + "/events").status, 404);
  EXPECT_EQ(call("GET", "/v1/sessions/" + own_mark + std::string(48, '7') + "/events").status, 404);
  EXPECT_EQ(call("POST", unknown + "/ops", "{}").status, 404);
  EXPECT_TRUE(cluster->calls.empty());
}

TEST_F(Forwarding, AllowsPagesByItsOwnList) {
  options.origins = {"https://app.example"};
  start();
  other_answers(forwarded_answer{{200, {{"Content-Type", "application/json"}}}, "{}"});
  const auto allowed =
      call("GET", elsewhere + "/events", "", "secret-token", "Origin: https://app.example\r\n");
  EXPECT_EQ(allowed.status, 200);
  EXPECT_THAT(allowed.head, HasSubstr("Access-Control-Allow-Origin: https://app.example"));
  const auto refused =
      call("GET", elsewhere + "/events", "", "secret-token", "Origin: https://evil.example\r\n");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(call("OPTIONS", elsewhere + "/ops", "", "", "Origin: https://app.example\r\n").status, 204);
  EXPECT_EQ(cluster->calls.size(), 1U);
}

TEST_F(Forwarding, SaysWhyThereIsNoAnswer) {
  start();
  const auto unknown = call("GET", "/v1/sessions/nothing/events");
  other_answers(failure{errc::not_found, "no such node", {}});
  const auto gone = call("GET", elsewhere + "/events");
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(gone.body, unknown.body) << "as for any session that there is not";
  other_answers(failure{errc::unavailable, "not reached", 1s});
  const auto away = call("GET", elsewhere + "/events");
  EXPECT_EQ(away.status, 503);
  EXPECT_THAT(away.head, HasSubstr("Retry-After: 1"));
  EXPECT_THAT(away.body, HasSubstr("unavailable"));
  other_answers(failure{errc::overloaded, "too many", 1s});
  EXPECT_EQ(call("POST", elsewhere + "/ops", "{}").status, 503);
  // What no node of ours says.
  other_answers(forwarded_answer{{7, {}}, ""});
  EXPECT_EQ(call("GET", elsewhere + "/events").status, 502);
}

TEST_F(Forwarding, ReadsALargeBodyOnlyWhenTheOtherNodeKnowsTheSession) {
  start();
  const auto large = R"({"id":5,"op":"ping","more":")" + std::string(90'000, 'x') + "\"}";
  cluster->script = [](const forwarded_call& asked, const auto& respond) {
    respond(asked.head.is_alone ? forwarded_answer{{404, {}}, "no"}
                                : forwarded_answer{{200, {}}, asked.body});
  };
  auto stranger = client();
  stranger.send_bytes("POST " + elsewhere +
                      "/ops HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nContent-Length: 90000\r\n\r\n");
  EXPECT_EQ(stranger.read_http_answer(), 404) << "without its body";
  auto other = client();
  other.send_bytes(
      "POST " + elsewhere +
      "/ops HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(other.read_http_answer(), 404) << "who knows how much it would be";
  EXPECT_EQ(cluster->calls.size(), 2U);
  cluster->script = [](const forwarded_call& asked, const auto& respond) {
    respond(asked.head.is_alone ? forwarded_answer{{100, {}}, ""} : forwarded_answer{{200, {}}, asked.body});
  };
  EXPECT_EQ(call("POST", elsewhere + "/ops", large).body, large);
  EXPECT_EQ(cluster->calls.size(), 4U);
  EXPECT_TRUE(cluster->calls.at(2).body.empty());
  cluster->script = [](const forwarded_call&, const auto& respond) {
    respond(failure{errc::unavailable, "not reached", 1s});
  };
  EXPECT_EQ(call("POST", elsewhere + "/ops", large).status, 503);
}

TEST_F(Forwarding, AnswersCallsOfPeersAsItsOwn) {
  start();
  const auto path = session();
  const auto shown = cluster->ask("GET", path + "/events");
  EXPECT_EQ(shown.head.status, 200);
  EXPECT_EQ(shown.body, R"({"events":[{"n":1,"ev":"hello","d":{}}],"next":1})");
  EXPECT_EQ(cluster->ask("POST", path + "/ops", R"({"id":7,"op":"ping"})").body,
            R"({"id":7,"ok":true,"d":{}})");
  EXPECT_EQ(cluster->ask("POST", path + "/ops", "x").head.status, 400);
  EXPECT_EQ(cluster->ask("POST", path + "/ops", "{}", "secret-token", "text/plain").head.status, 415);
  EXPECT_EQ(cluster->ask("GET", path + "/events?wait=61").head.status, 400);
  EXPECT_EQ(cluster->ask("GET", path + "/ops").head.status, 405);
  EXPECT_EQ(cluster->ask("GET", path + "/events", "", "other-token").head.status, 404);
  EXPECT_EQ(cluster->ask({{"GET", path + "/events", "", "", false}, ""}).head.status, 401);
  EXPECT_EQ(cluster->ask({{"POST", path + "/ops", "Bearer secret-token", "", true}, ""}).head.status, 100);
  EXPECT_EQ(cluster->ask({{"POST", path + "/ops", "Bearer x", "", true}, ""}).head.status, 404);
  // Nothing else can be had this way, and nothing is passed on once more.
  EXPECT_EQ(cluster->ask("POST", "/v1/sessions").head.status, 405);
  EXPECT_EQ(cluster->ask("GET", "/metrics").head.status, 404);
  EXPECT_EQ(cluster->ask("NONSENSE", "x").head.status, 404);
  EXPECT_EQ(cluster->ask("GET", elsewhere + "/events").head.status, 404);
  EXPECT_TRUE(cluster->calls.empty());
  EXPECT_EQ(cluster->ask("DELETE", path).head.status, 204);
  EXPECT_EQ(cluster->ask("GET", path + "/events").head.status, 404);
}

TEST_F(Forwarding, AnEventWakesACallOfAPeerThatWaits) {
  start();
  const auto path = session();
  call("GET", path + "/events");
  auto waiting =
      std::async(std::launch::async, [&] { return cluster->ask("GET", path + "/events?wait=25&after=1"); });
  gateway.session()->out->push_event(text_frame(R"({"ev":"x","d":1})"));
  EXPECT_EQ(waiting.get().body, R"({"events":[{"n":2,"ev":"x","d":1}],"next":2})");
}

TEST_F(Forwarding, EndsWithTheServer) {
  start();
  EXPECT_TRUE(cluster->serves());
  stop();
  EXPECT_FALSE(cluster->serves());
  EXPECT_TRUE(cluster->has_given_up);
}

}  // namespace
}  // namespace parley::testing
