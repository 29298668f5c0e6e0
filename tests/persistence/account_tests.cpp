#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "persistence/account_pool.hpp"
#include "persistence/postgres_log_queries.hpp"
#include "tests/persistence/support/database.hpp"

namespace parley::testing {
namespace {

using ::testing::StartsWith;
using namespace std::chrono_literals;

class account_test : public database_test {
protected:
  template <class T, class Ask>
  static outcome<T> wait_for(Ask ask) {
    auto promise = std::make_shared<std::promise<outcome<T>>>();
    auto answer = promise->get_future();
    ask([promise](outcome<T> result) { promise->set_value(std::move(result)); });
    if (answer.wait_for(60s) != std::future_status::ready) return failure{errc::internal, "no answer", {}};
    return answer.get();
  }
  outcome<user_info> create(const std::string& name, const std::string& password = "password 1") {
    return wait_for<user_info>([&](auto done) { pool.create_account(name, password, done); });
  }
  outcome<issued_token> sign_in(const std::string& name, const std::string& password = "password 1") {
    return wait_for<issued_token>([&](auto done) { pool.create_token(name, password, done); });
  }
  outcome<user_info> revoke(const std::string& token) {
    return wait_for<user_info>([&](auto done) { pool.revoke_token(token, done); });
  }

  account_pool pool{url, "node-1"};
  postgres_log_queries log{url, "node-1"};
};

TEST_F(account_test, AnAccountSignsInAndItsTokenIsGoodUntilRevoked) {
  const auto made = create("Alice");
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made.value().name, "Alice");
  const auto token = sign_in("aLICE");
  ASSERT_TRUE(token.has_value());
  EXPECT_EQ(token.value().user, made.value());
  EXPECT_EQ(log.identify(token.value().token).value().user, made.value());
  const auto holder = log.identify(token.value().token).value().token;
  EXPECT_EQ(revoke(token.value().token).value(), made.value());
  EXPECT_EQ(log.identify(token.value().token).error().code, errc::unauthenticated);
  EXPECT_THAT(log.recent_revocations().value(), ::testing::ElementsAre(holder));
  EXPECT_EQ(revoke(token.value().token).error().code, errc::unauthenticated);
}

TEST_F(account_test, PasswordsAndTokensAreKeptOnlyAsHashes) {
  create("alice");
  const auto token = sign_in("alice").value().token;
  EXPECT_THAT(ask<std::string>("select password_hash from users"),
              StartsWith("$argon2id$v=19$m=19456,t=2,p=1$"));
  EXPECT_EQ(ask<int>("select octet_length(hash) from tokens"), 32);
  EXPECT_GE(token.size(), 43U);
  EXPECT_NE(sign_in("alice").value().token, token);
}

TEST_F(account_test, ANameIsTakenWhateverItsCase) {
  ASSERT_TRUE(create("Alice").has_value());
  EXPECT_EQ(create("ALICE").error().code, errc::conflict);
  ASSERT_TRUE(create("Ärger").has_value());
  EXPECT_EQ(create("äRGER").error().code, errc::conflict);
  EXPECT_TRUE(create("Alice2").has_value());
}

TEST_F(account_test, OfManyWhoWantANameAtOnceOneGetsIt) {
  std::vector<std::future<outcome<user_info>>> answers;
  for (int i = 0; i < 6; ++i) {
    auto promise = std::make_shared<std::promise<outcome<user_info>>>();
    answers.push_back(promise->get_future());
    pool.create_account(i % 2 == 0 ? "alice" : "ALICE", "password 1",
                        [promise](outcome<user_info> result) { promise->set_value(std::move(result)); });
  }
  int made = 0;
  for (auto& answer : answers) made += answer.get().has_value() ? 1 : 0;
  EXPECT_EQ(made, 1);
}

TEST_F(account_test, NamesAndPasswordsHaveRules) {
  const std::string character = "\xf0\x9f\x98\x80";
  std::string longest;
  for (int i = 0; i < 64; ++i) longest += character;
  EXPECT_TRUE(create(longest).has_value());
  for (const auto& name :
       {std::string{}, longest + "x", std::string{" alice"}, std::string{"alice "}, std::string{"al\nice"},
        std::string{"al\0ice", 6}, std::string{"al\x7f"}, std::string{"al\xff"}})
    EXPECT_EQ(create(name).error().code, errc::bad_request) << name;
  EXPECT_EQ(create("bob", "1234567").error().code, errc::bad_request);
  EXPECT_TRUE(create("bob", "12345678").has_value());
  EXPECT_EQ(create("carol", std::string(1'025, 'x')).error().code, errc::too_large);
  EXPECT_TRUE(create("carol", std::string(1'024, 'x')).has_value());
  EXPECT_TRUE(sign_in("carol", std::string(1'024, 'x')).has_value());
}

TEST_F(account_test, AWrongPasswordAndAnUnknownNameAreToldAlikeAndTakeAsLong) {
  create("alice");
  const auto timed = [&](const std::string& name) {
    std::vector<std::chrono::nanoseconds> times;
    for (int i = 0; i < 7; ++i) {
      const auto began = std::chrono::steady_clock::now();
      EXPECT_EQ(sign_in(name, "wrong password").error().code, errc::unauthenticated);
      times.push_back(std::chrono::steady_clock::now() - began);
    }
    return *std::ranges::min_element(times);
  };
  EXPECT_EQ(sign_in("alice", "wrong password").error(), sign_in("nobody", "wrong password").error());
  const auto known = timed("alice");
  const auto unknown = timed("nobody");
  EXPECT_LT(known, 3 * unknown);
  EXPECT_LT(unknown, 3 * known);
}

TEST_F(account_test, ADisabledUserDoesNotSignIn) {
  create("alice");
  const auto token = sign_in("alice").value().token;
  run("update users set disabled = true");
  EXPECT_EQ(sign_in("alice").error().code, errc::unauthenticated);
  EXPECT_EQ(revoke(token).error().code, errc::unauthenticated);
  EXPECT_EQ(ask<int>("select count(*) from tokens"), 0);
}

TEST_F(account_test, ATokenThatHasExpiredCannotBeRevokedAndIsSweptAtTheNextSignIn) {
  create("alice");
  const auto token = sign_in("alice").value().token;
  const auto other = sign_in("alice").value().token;
  run("update tokens set used_at = now() - interval '91 days'");
  EXPECT_EQ(revoke(token).error().code, errc::unauthenticated);
  sign_in("alice");
  EXPECT_EQ(ask<int>("select count(*) from tokens"), 1);
  EXPECT_EQ(log.identify(other).error().code, errc::unauthenticated);
}

TEST_F(account_test, WhatDoesNotFitIntoTheQueueIsOverloaded) {
  account_pool small{url, "node-2", {1, 2}};
  std::vector<std::future<outcome<issued_token>>> answers;
  for (int i = 0; i < 12; ++i) {
    auto promise = std::make_shared<std::promise<outcome<issued_token>>>();
    answers.push_back(promise->get_future());
    small.create_token("nobody", "password 1",
                       [promise](outcome<issued_token> result) { promise->set_value(std::move(result)); });
  }
  int overloaded = 0;
  int worked_on = 0;
  for (auto& answer : answers) {
    const auto result = answer.get();
    ASSERT_TRUE(result.has_error());
    overloaded += result.error().code == errc::overloaded ? 1 : 0;
    worked_on += result.error().code == errc::unauthenticated ? 1 : 0;
    EXPECT_EQ(result.error().retry_after.has_value(), result.error().code == errc::overloaded);
  }
  EXPECT_GE(overloaded, 1);
  EXPECT_GE(worked_on, 2);
  EXPECT_EQ(overloaded + worked_on, 12);
}

TEST_F(account_test, WhatWaitsWhenThePoolEndsIsToldSo) {
  std::vector<std::future<outcome<issued_token>>> answers;
  {
    account_pool ending{url, "node-2", {1, 100}};
    for (int i = 0; i < 50; ++i) {
      auto promise = std::make_shared<std::promise<outcome<issued_token>>>();
      answers.push_back(promise->get_future());
      ending.create_token("nobody", "password 1",
                          [promise](outcome<issued_token> result) { promise->set_value(std::move(result)); });
    }
  }
  int unavailable = 0;
  for (auto& answer : answers) {
    ASSERT_EQ(answer.wait_for(0s), std::future_status::ready);
    unavailable += answer.get().error().code == errc::unavailable ? 1 : 0;
  }
  EXPECT_GT(unavailable, 0);
}

TEST_F(account_test, APoolWhoseBackendsWereEndedServesTheNextRequest) {
  create("alice");
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(sign_in("alice").has_value());
    run("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'parley "
        "node-1 accounts'");
    EXPECT_TRUE(sign_in("alice").has_value()) << round;
  }
}

}  // namespace
}  // namespace parley::testing
