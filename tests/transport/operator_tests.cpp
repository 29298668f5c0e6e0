#include <gmock/gmock.h>

#include "actors/contract/values/ports/operator_desk.hpp"
#include "tests/transport/support/running_server.hpp"

// What operators ask over HTTP, and who may.

namespace parley::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

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
