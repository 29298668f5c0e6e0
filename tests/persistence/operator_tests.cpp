#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <future>

#include "persistence/account_pool.hpp"
#include "persistence/account_work.hpp"
#include "persistence/operator_token.hpp"
#include "persistence/postgres_log_queries.hpp"
#include "persistence/token_hash.hpp"
#include "tests/persistence/support/database.hpp"

namespace parley::testing {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

class operator_test : public database_test {
protected:
  template <class T, class Ask>
  static std::future<outcome<T>> ask_for(Ask call) {
    auto promise = std::make_shared<std::promise<outcome<T>>>();
    auto answer = promise->get_future();
    call([promise](outcome<T> result) { promise->set_value(std::move(result)); });
    return answer;
  }
  void create(const std::string& name) {
    ASSERT_TRUE(ask_for<user_info>([&](auto done) { pool.create_account(name, "password 1", done); })
                    .get()
                    .has_value());
  }
  outcome<issued_token> sign_in(const std::string& name, const std::string& password = "password 1") {
    return ask_for<issued_token>([&](auto done) { pool.create_token(name, password, done); }).get();
  }
  outcome<account_record> use(const std::string& name, account_use what) {
    return ask_for<account_record>([&](auto done) { pool.set_use(name, what, done); }).get();
  }
  outcome<account_record> reset(const std::string& name, const std::string& password) {
    return ask_for<account_record>([&](auto done) { pool.reset_password(name, password, done); }).get();
  }
  accounts_page list(const std::string& prefix, const std::string& after = "", std::size_t limit = 100) {
    return ask_for<accounts_page>([&](auto done) { pool.list_accounts(prefix, after, limit, done); })
        .get()
        .value();
  }
  static std::vector<std::string> names(const accounts_page& page) {
    std::vector<std::string> all;
    for (const auto& each : page.accounts) all.push_back(each.user.name);
    return all;
  }

  account_pool pool{url, "node-1"};
  postgres_log_queries log{url, "node-1"};
};

TEST_F(operator_test, AccountsAreListedInTheOrderOfTheirNamesPageByPage) {
  for (const auto* name : {"bob", "Alba", "alice", "Änne", "alan"}) create(name);
  EXPECT_THAT(names(list("")), ElementsAre("alan", "Alba", "alice", "bob", "Änne"));
  EXPECT_THAT(names(list("AL")), ElementsAre("alan", "Alba", "alice"));
  EXPECT_THAT(names(list("ä")), ElementsAre("Änne"));
  EXPECT_THAT(names(list("al%")), ElementsAre());
  const auto page = list("al", "", 2);
  EXPECT_THAT(names(page), ElementsAre("alan", "Alba"));
  EXPECT_EQ(page.next, "Alba");
  const auto last = list("al", *page.next, 2);
  EXPECT_THAT(names(last), ElementsAre("alice"));
  EXPECT_FALSE(last.next);
}

TEST_F(operator_test, ADisabledAccountIsSignedOutAndDoesNotSignInUntilItIsEnabled) {
  create("alice");
  const auto token = sign_in("alice").value().token;
  const auto holder = log.identify(token).value().token;
  const auto disabled = use("ALICE", account_use::disabled).value();
  EXPECT_TRUE(disabled.disabled);
  EXPECT_EQ(disabled.tokens, 0U);
  EXPECT_THAT(log.recent_revocations().value(), ElementsAre(holder));
  EXPECT_EQ(log.identify(token).error().code, errc::unauthenticated);
  EXPECT_EQ(sign_in("alice").error().code, errc::unauthenticated);
  EXPECT_FALSE(use("alice", account_use::enabled).value().disabled);
  EXPECT_EQ(log.identify(token).error().code, errc::unauthenticated);
  EXPECT_TRUE(sign_in("alice").has_value());
  EXPECT_EQ(use("nobody", account_use::disabled).error().code, errc::not_found);
}

TEST_F(operator_test, AnotherPasswordCountsAtOnceAndSignsEverybodyOut) {
  create("alice");
  const auto token = sign_in("alice").value().token;
  EXPECT_EQ(reset("alice", "password 2").value().tokens, 0U);
  EXPECT_EQ(log.identify(token).error().code, errc::unauthenticated);
  EXPECT_EQ(sign_in("alice").error().code, errc::unauthenticated);
  EXPECT_TRUE(sign_in("alice", "password 2").has_value());
  EXPECT_EQ(reset("alice", "short").error().code, errc::bad_request);
  EXPECT_EQ(reset("nobody", "password 2").error().code, errc::not_found);
}

TEST_F(operator_test, ASignInUnderWayGetsNoTokenForThePasswordThatWasReplacedMeanwhile) {
  create("alice");
  pqxx::connection other{url};
  pqxx::work change{other};
  change.exec("update users set password_hash = 'another'");
  // It has read the old hash, and waits for the row before it keeps the token.
  auto under_way = ask_for<issued_token>([&](auto done) { pool.create_token("alice", "password 1", done); });
  ASSERT_TRUE(eventually([&] {
    return ask<bool>(
        "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and "
        "query like 'insert into tokens%')");
  }));
  change.commit();
  EXPECT_EQ(under_way.get().error().code, errc::unauthenticated);
  EXPECT_EQ(ask<int>("select count(*) from tokens"), 0);
}

TEST_F(operator_test, AHistoryThatWasRestoredIsNamedAnewEachTime) {
  const auto begin = [&] {
    return ask_for<std::string>([&](auto done) { pool.begin_epoch(done); }).get().value();
  };
  const auto before = log.epoch().value();
  const auto after = begin();
  EXPECT_NE(after, before);
  EXPECT_EQ(after, log.epoch().value());
  EXPECT_NE(begin(), after);
  run("delete from cluster");
  const auto refused = ask_for<std::string>([&](auto done) { pool.begin_epoch(done); }).get();
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, errc::internal);
}

TEST_F(operator_test, SigningOutDoesNotWaitBehindPasswords) {
  create("alice");
  const auto token = sign_in("alice").value().token;
  account_pool busy{url, "node-2", {1, 256}};
  std::vector<std::future<outcome<issued_token>>> hashing;
  for (int i = 0; i < 60; ++i)
    hashing.push_back(
        ask_for<issued_token>([&](auto done) { busy.create_token("nobody", "password 1", done); }));
  const auto gone = ask_for<user_info>([&](auto done) { busy.revoke_token(token, done); }).get();
  EXPECT_TRUE(gone.has_value());
  EXPECT_NE(hashing.back().wait_for(0s), std::future_status::ready);
}

TEST_F(operator_test, NobodyIsTheOperatorUntilThereIsAToken) {
  EXPECT_FALSE(pool.is_operator(""));
  pool.set_operator_hash(token_hash("the right one"));
  EXPECT_TRUE(pool.is_operator("the right one"));
  EXPECT_FALSE(pool.is_operator("the wrong one"));
  EXPECT_FALSE(pool.is_operator(""));
}

TEST_F(operator_test, TheFirstNodeMakesTheTokenOfTheClusterAndWritesItForItsOwnerOnly) {
  const temporary_folder folder;
  const auto file = folder.path() / "operator.token";
  const auto hash = prepare_operator_token(url, "node-1", "", file).value();
  std::string token;
  std::getline(std::ifstream{file}, token);
  EXPECT_EQ(token_hash(token), hash);
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_EQ(ask<int>("select octet_length(operator_token_hash) from cluster"), 32);
  // A second node knows the hash and nothing else; a new start changes nothing.
  const auto other = folder.path() / "other.token";
  EXPECT_EQ(prepare_operator_token(url, "node-2", "", other).value(), hash);
  EXPECT_FALSE(std::filesystem::exists(other));
  EXPECT_EQ(prepare_operator_token(url, "node-1", "", file).value(), hash);
}

TEST_F(operator_test, ATokenWhoseHashWasTakenOutOfTheDatabaseIsGivenAgain) {
  const temporary_folder folder;
  const auto file = folder.path() / "operator.token";
  const auto hash = prepare_operator_token(url, "node-1", "", file).value();
  run("update cluster set operator_token_hash = null");
  EXPECT_EQ(prepare_operator_token(url, "node-1", "", file).value(), hash);
  run("update cluster set operator_token_hash = null");
  std::filesystem::remove(file);
  EXPECT_NE(prepare_operator_token(url, "node-1", "", file).value(), hash);
}

TEST_F(operator_test, AConfiguredTokenCountsAndIsWrittenNowhere) {
  const temporary_folder folder;
  const auto file = folder.path() / "operator.token";
  EXPECT_EQ(prepare_operator_token(url, "node-1", "0123456789abcdef", file).value(),
            token_hash("0123456789abcdef"));
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_TRUE(ask<bool>("select operator_token_hash is null from cluster"));
}

TEST_F(operator_test, AFolderThatTakesNoFileIsNamed) {
  const auto refused = prepare_operator_token(url, "node-1", "", "/proc/none/operator.token");
  ASSERT_TRUE(refused.has_error());
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("/proc/none/operator.token"));
  EXPECT_TRUE(ask<bool>("select operator_token_hash is null from cluster"));
}

}  // namespace
}  // namespace parley::testing
