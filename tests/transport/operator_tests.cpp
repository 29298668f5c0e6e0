#include <gmock/gmock.h>

#include "actors/contract/values/ports/operator_desk.hpp"
#include "tests/transport/support/running_server.hpp"

// What operators ask over HTTP, and who may.

namespace parley::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Knows one account, and remembers what it was asked.
class one_desk : public operator_desk {
public:
  [[nodiscard]] bool is_operator(std::string_view token) const override { return token == "operator"; }
  void list_accounts(std::string prefix, std::string after, std::size_t limit,
                     callback<accounts_page> done) override {
    asked.push_back("list '" + prefix + "' after '" + after + "' " + std::to_string(limit));
    accounts_page page;
    page.accounts = {alice, alice};
    page.accounts.front().last_seen = 1'500;
    page.next = "a \"b";
    done(page);
  }
  void set_use(std::string name, account_use use, callback<account_record> done) override {
    asked.push_back((use == account_use::disabled ? "disable " : "enable ") + name);
    if (name != "alice") return done(failure{errc::not_found, "there is no account of this name", {}});
    done(alice);
  }
  void reset_password(std::string name, std::string password, callback<account_record> done) override {
    asked.push_back("reset " + name + " to " + password);
    done(alice);
  }
  void begin_epoch(callback<std::string> done) override {
    asked.emplace_back("begin an epoch");
    if (fails) return done(failure{errc::unavailable, "the database cannot be reached", {}});
    done("an \"epoch\"");
  }
  void show_cluster(callback<cluster_view> done) override {
    asked.emplace_back("show the cluster");
    done(cluster);
  }
  void find_place(place_question what, callback<place_found> done) override {
    if (const auto* conversation = std::get_if<conversation_id>(&what)) {
      asked.push_back("find conversation " + to_text(*conversation));
      return done(place_found{*conversation, {}, shard_of(*conversation), cluster});
    }
    asked.push_back("find user " + std::get<std::string>(what));
    if (std::get<std::string>(what) == "nobody") return done(failure{errc::not_found, "there is none", {}});
    done(place_found{user_id{5}, "a \"b", {1}, cluster});
  }
  void ask_to_drain(std::string name, callback<cluster_view> done) override {
    asked.push_back("drain " + name);
    if (name == "dead") return done(failure{errc::conflict, "it does not run", {}});
    for (auto& each : cluster.nodes) each.drain_wanted = each.name == name;
    done(cluster);
  }

  cluster_view cluster;
  bool fails = false;
  account_record alice{{{5}, "alice"}, true, 1'000, {}, 2};
  std::vector<std::string> asked;
};

class Operator : public ServerTest {
protected:
  void SetUp() override {
    options.desk = &desk;
    options.rules.sign_ins_per_minute = 3;
    start();
  }

  int call(std::string_view method, std::string_view path, std::string_view json = "",
           std::string_view token = "operator") {
    auto client = this->client();
    std::string head = std::string(method) + " /v1/operator" + std::string(path) + " HTTP/1.1\r\nHost: a\r\n";
    if (!token.empty()) head += "Authorization: Bearer " + std::string(token) + "\r\n";
    if (!json.empty())
      head += "Content-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) + "\r\n";
    client.send_bytes(head + "\r\n" + std::string(json));
    const int answered = client.read_http_answer();
    body = client.body;
    return answered;
  }

  one_desk desk;
  std::string body;
};

TEST_F(Operator, ListsAccounts) {
  EXPECT_EQ(call("GET", "/accounts"), 200);
  EXPECT_EQ(
      body,
      R"({"accounts":[{"id":"5","name":"alice","disabled":true,"created_at":"1970-01-01T00:00:01.000Z",)"
      R"("last_seen":"1970-01-01T00:00:01.500Z","tokens":2},{"id":"5","name":"alice","disabled":true,)"
      R"("created_at":"1970-01-01T00:00:01.000Z","tokens":2}],"next":"a \"b"})");
  EXPECT_EQ(call("GET", "/accounts?prefix=%C3%84l+b&after=a%26b&limit=1000&other=1"), 200);
  EXPECT_THAT(desk.asked, ElementsAre("list '' after '' 100", "list '\u00c4l b' after 'a&b' 1000"));
}

TEST_F(Operator, RefusesParametersThatAreNone) {
  for (const auto* query : {"limit=0", "limit=1001", "limit=", "limit=1x", "limit=-1", "prefix=%",
                            "prefix=%4", "prefix=%zz", "prefix=%FF", "after=%00"})
    EXPECT_EQ(call("GET", std::string("/accounts?") + query), 400) << query;
  EXPECT_TRUE(desk.asked.empty());
}

TEST_F(Operator, ChangesAccounts) {
  EXPECT_EQ(call("POST", "/accounts/disable", R"({"name":"alice"})"), 200);
  EXPECT_THAT(body, HasSubstr(R"({"account":{"id":"5","name":"alice","disabled":true,)"));
  EXPECT_EQ(call("POST", "/accounts/enable", R"({"name":"bob"})"), 404);
  EXPECT_EQ(call("POST", "/accounts/reset-password", R"({"name":"alice","password":"correct horse"})"), 200);
  EXPECT_THAT(desk.asked, ElementsAre("disable alice", "enable bob", "reset alice to correct horse"));
}

TEST_F(Operator, RefusesBodiesThatAreNone) {
  for (const auto* json : {"[]", "{}", R"({"name":1})", R"({"name":"a\u0000"})", "{\"name\":\"\xff\"}", "{"})
    EXPECT_EQ(call("POST", "/accounts/disable", json), 400) << json;
  EXPECT_EQ(call("POST", "/accounts/reset-password", R"({"name":"alice"})"), 400);
  EXPECT_EQ(call("POST", "/accounts/disable"), 415);
  EXPECT_TRUE(desk.asked.empty());
}

TEST_F(Operator, SaysThatTheDatabaseWasRestored) {
  EXPECT_EQ(call("POST", "/restored"), 200);
  EXPECT_EQ(body, R"({"epoch":"an \"epoch\""})");
  EXPECT_THAT(desk.asked, ElementsAre("begin an epoch"));
  desk.fails = true;
  EXPECT_EQ(call("POST", "/restored"), 503);
}

TEST_F(Operator, DoesNothingWhenTheCallForARestoredDatabaseIsNotAsItMustBe) {
  EXPECT_EQ(call("GET", "/restored"), 405);
  EXPECT_THAT(body, HasSubstr("this path takes POST"));
  EXPECT_EQ(call("POST", "/restored", "{}"), 400);
  EXPECT_EQ(call("POST", "/restored", "", ""), 401);
  EXPECT_EQ(call("POST", "/restored", "", "wrong"), 401);
  EXPECT_EQ(call("POST", "/restored/"), 404);
  EXPECT_TRUE(desk.asked.empty());
}

TEST_F(Operator, KnowsOnlyItsOwnPathsAndMethods) {
  EXPECT_EQ(call("POST", "/accounts", "{}"), 405);
  EXPECT_EQ(call("GET", "/accounts/disable"), 405);
  for (const auto* path : {"/accounts/", "/accounts/vanish", "/accountsx", "/", "/accounts/disable/"})
    EXPECT_EQ(call("GET", path), 404) << path;
}

/// Three nodes: one serves and holds the first two shards, one drains, one is gone.
cluster_view three_nodes() {
  cluster_view seen;
  seen.now = 20'000;
  seen.owners.resize(shard_count);
  seen.owned_since.resize(shard_count);
  seen.owners[0] = seen.owners[1] = {11};
  seen.owned_since[1] = 4'000;
  for (const std::int64_t number : {33, 11, 22}) {
    node_record node;
    node.name = "node-" + std::to_string(number / 11);
    node.incarnation = {number};
    node.version = "1.2.3";
    node.state = node_state::serving;
    node.beat_at = number == 33 ? 9'999 : 19'500;
    node.started_at = 1'000;
    seen.nodes.push_back(std::move(node));
  }
  auto& first = seen.nodes[1];
  first.address = "127.0.0.1:7400";
  first.url = "http://127.0.0.1:8080";
  first.links = {{22}, {99}};
  first.figures = {1, 2, 3, 1'500, {{{22}, 40}, {{33}, 0}, {{99}, 7}}};
  seen.nodes[2].state = node_state::draining;
  return seen;
}

TEST_F(Operator, ShowsTheNodes) {
  desk.cluster = three_nodes();
  EXPECT_EQ(call("GET", "/nodes"), 200);
  EXPECT_THAT(
      body,
      StartsWith(
          R"({"nodes":[{"name":"node-1","incarnation":"11","state":"serving","version":"1.2.3",)"
          R"("address":"127.0.0.1:7400","url":"http://127.0.0.1:8080","shards":2,"conversations":2,"sessions":1,)"
          R"("messages":3,"commit_p99_us":1500,"link_lag_ms":40,)"
          R"("link_lags":[{"peer":"node-2","lag_ms":40},{"peer":"node-3","lag_ms":0}],"links":["node-2"],)"
          R"("started_at":"1970-01-01T00:00:01.000Z","beat_at":"1970-01-01T00:00:19.500Z","beat_age_ms":500},)"
          R"({"name":"node-2","incarnation":"22","state":"draining",)"));
  EXPECT_THAT(body, HasSubstr(R"({"name":"node-3","incarnation":"33","state":"gone",)"));
  EXPECT_THAT(body, EndsWith(R"("beat_age_ms":10001}],"free_shards":1022})"));
}

TEST_F(Operator, ANodeThatHoldsAShardIsNotGoneHoweverOldItsBeat) {
  desk.cluster = three_nodes();
  desk.cluster.owners[7] = {33};
  EXPECT_EQ(call("GET", "/nodes"), 200);
  EXPECT_THAT(body, HasSubstr(R"({"name":"node-3","incarnation":"33","state":"serving",)"));
}

TEST_F(Operator, ShowsWhoHasEachShardAndWhoShould) {
  desk.cluster = three_nodes();
  desk.cluster.owners[2] = {22};
  desk.cluster.owners[3] = {44};
  EXPECT_EQ(call("GET", "/shards"), 200);
  EXPECT_THAT(
      body,
      StartsWith(
          R"({"shards":[{"shard":0,"owner":"node-1","incarnation":"11","rightful_owner":"node-1","is_rightful":true},)"
          R"({"shard":1,"owner":"node-1","incarnation":"11","since":"1970-01-01T00:00:04.000Z","held_ms":16000,)"
          R"("rightful_owner":"node-1","is_rightful":true},)"
          R"({"shard":2,"owner":"node-2","incarnation":"22","rightful_owner":"node-1","is_rightful":false},)"
          R"({"shard":3,"owner":null,"incarnation":"44","rightful_owner":"node-1","is_rightful":false},)"
          R"({"shard":4,"owner":null,"rightful_owner":"node-1","is_rightful":false},)"));
  EXPECT_THAT(body, HasSubstr(R"({"shard":1023,)"));
  EXPECT_EQ(call("GET", "/shards?shard=1023"), 200);
  EXPECT_EQ(body,
            R"({"shards":[{"shard":1023,"owner":null,"rightful_owner":"node-1","is_rightful":false}]})");
  for (const auto* wrong : {"", "-1", "1024", "1x", "x", "99999999999"})
    EXPECT_EQ(call("GET", std::string("/shards?shard=") + wrong), 400) << wrong;
}

TEST_F(Operator, SaysWhereAConversationOrAUserLives) {
  desk.cluster = three_nodes();
  EXPECT_EQ(call("GET", "/where?conversation=7"), 200);
  EXPECT_THAT(body, StartsWith(R"({"conversation":"7","shard":)"));
  EXPECT_EQ(call("GET", "/where?user=%C3%84l+b"), 200);
  EXPECT_EQ(
      body,
      R"({"user":"5","name":"a \"b","shard":1,"owner":"node-1","incarnation":"11",)"
      R"("since":"1970-01-01T00:00:04.000Z","held_ms":16000,"rightful_owner":"node-1","is_rightful":true,)"
      R"("url":"http://127.0.0.1:8080"})");
  EXPECT_EQ(call("GET", "/where?user=nobody"), 404);
  EXPECT_THAT(desk.asked, ElementsAre("find conversation 7", "find user \u00c4l b", "find user nobody"));
}

TEST_F(Operator, LooksForNothingThatIsNeitherConversationNorUser) {
  for (const auto* query : {"", "?", "?conversation=", "?conversation=0", "?conversation=-7",
                            "?conversation=7x", "?conversation=9223372036854775808", "?user=", "?user=%",
                            "?user=%00", "?user=%FF", "?conversation=7&user=alice", "?group=7"})
    EXPECT_EQ(call("GET", std::string("/where") + query), 400) << query;
  EXPECT_TRUE(desk.asked.empty());
}

TEST_F(Operator, AsksANodeToDrain) {
  desk.cluster = three_nodes();
  EXPECT_EQ(call("POST", "/nodes/node%2D1/drain"), 200);
  EXPECT_THAT(body, StartsWith(R"({"node":{"name":"node-1","incarnation":"11","state":"draining",)"));
  EXPECT_EQ(call("POST", "/nodes/dead/drain"), 409);
  // Who went at once has no row any more.
  EXPECT_EQ(call("POST", "/nodes/quick/drain"), 200);
  EXPECT_EQ(body, R"({"node":null})");
  EXPECT_THAT(desk.asked, ElementsAre("drain node-1", "drain dead", "drain quick"));
}

TEST_F(Operator, DrainsNothingWhenTheCallIsNotAsItMustBe) {
  EXPECT_EQ(call("GET", "/nodes/node-1/drain"), 405);
  EXPECT_EQ(call("POST", "/nodes/node-1/drain", "{}"), 400);
  EXPECT_EQ(call("POST", "/nodes/%FF/drain"), 400);
  EXPECT_EQ(call("POST", "/nodes/node-1/drain", "", ""), 401);
  for (const auto* path : {"/nodes/", "/nodes//drain", "/nodes/drain", "/nodes/a/b/drain", "/nodes/a/stop",
                           "/nodesx/a/drain", "/shards/1", "/where/"})
    EXPECT_EQ(call("POST", path), 404) << path;
  for (const auto* path : {"/nodes", "/shards", "/where?user=alice"})
    EXPECT_EQ(call("POST", path), 405) << path;
  EXPECT_TRUE(desk.asked.empty());
}

TEST_F(Operator, IsNobodyWithoutTheTokenAndGuessersAreToldToWait) {
  EXPECT_EQ(call("GET", "/accounts", "", ""), 401);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(call("GET", "/anything", "", "wrong"), 401);
  EXPECT_EQ(call("GET", "/accounts", "", "wrong"), 429);
  EXPECT_THAT(body, HasSubstr("retry_after_ms"));
  // The right one never waits: a guesser behind the same address locks nobody out.
  EXPECT_EQ(call("GET", "/accounts"), 200);
  EXPECT_EQ(desk.asked.size(), 1U);
}

using WithoutAnOperator = ServerTest;

TEST_F(WithoutAnOperator, NothingIsThere) {
  start();
  auto client = this->client();
  client.send_bytes(
      "GET /v1/operator/accounts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer operator\r\n\r\n");
  EXPECT_EQ(client.read_http_answer(), 404);
}

}  // namespace
}  // namespace parley::testing
