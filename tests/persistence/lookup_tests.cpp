#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "persistence/token_hash.hpp"
#include "tests/persistence/support/reader_test.hpp"

namespace parley::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class lookup_test : public reader_test {
protected:
  std::vector<std::string> names(const std::string& prefix, std::size_t limit = 20) {
    std::vector<std::string> found;
    const auto users = log.find_users(prefix, limit);
    EXPECT_TRUE(users.has_value());
    if (users.has_value())
      for (const auto& user : users.value()) found.push_back(user.name);
    return found;
  }
  void add_users(const std::vector<std::string>& all) {
    pqxx::connection connection{url};
    pqxx::nontransaction work{connection};
    int id = 100;
    for (const auto& name : all)
      work.exec_params("insert into users (user_id, name, password_hash) values ($1, $2, '')", ++id, name);
  }
  void add_token(const std::string& token, int user, const std::string& used) {
    pqxx::connection connection{url};
    pqxx::nontransaction{connection}.exec_params(
        "insert into tokens (token_id, hash, user_id, used_at) values ($1, $2::bytea, $3, now() - "
        "$4::interval)",
        user + 1'000, token_hash(token), user, used);
  }
  void end_readers() {
    ASSERT_GT(ask<int>("select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where "
                       "application_name = 'parley node-1 reader' and datname = current_database()"),
              0);
  }
};

TEST_F(lookup_test, UsersAreFoundByTheBeginningOfTheirNameWhateverTheCase) {
  add_users({"Alice", "ALBERT", "alf", "Bal", "Ärger", "ÄRMEL"});
  EXPECT_THAT(names("al"), ElementsAre("ALBERT", "alf", "Alice"));
  EXPECT_THAT(names("AL"), ElementsAre("ALBERT", "alf", "Alice"));
  EXPECT_THAT(names("al", 2), ElementsAre("ALBERT", "alf"));
  EXPECT_THAT(names("är"), ElementsAre("Ärger", "ÄRMEL"));
  EXPECT_THAT(names("zz"), IsEmpty());
}

TEST_F(lookup_test, WhatMeansSomethingToLikeIsFoundLiterally) {
  add_users({"50% off", "50 cent", "a_b", "axb", "c\\d", "cxd"});
  EXPECT_THAT(names("50%"), ElementsAre("50% off"));
  EXPECT_THAT(names("a_"), ElementsAre("a_b"));
  EXPECT_THAT(names("c\\"), ElementsAre("c\\d"));
}

TEST_F(lookup_test, DisabledUsersAreNotFound) {
  add_users({"alice", "albert"});
  run("update users set disabled = true where name = 'alice'");
  EXPECT_THAT(names("al"), ElementsAre("albert"));
}

TEST_F(lookup_test, KnownUsersAreThoseWhoExist) {
  const auto known = log.known_users(std::vector<user_id>{{3}, {77}, {1}}).value();
  EXPECT_THAT(known, ElementsAre(user_info{{1}, "user 1"}, user_info{{3}, "user 3"}));
}

TEST_F(lookup_test, ATokenIsGoodForNinetyDaysWithoutUse) {
  add_token("fresh", 1, "1 hour");
  add_token("old", 2, "89 days 23 hours");
  add_token("dead", 3, "90 days 1 second");
  EXPECT_EQ(log.identify("fresh").value().user, (user_info{{1}, "user 1"}));
  EXPECT_EQ(log.identify("old").value().user.id, user_id{2});
  EXPECT_EQ(log.identify("dead").error().code, errc::unauthenticated);
  EXPECT_EQ(log.identify("nonsense").error(), log.identify("dead").error());
  // Use keeps it good.
  EXPECT_EQ(ask<int>("select count(*) from tokens where used_at > now() - interval '1 minute'"), 1);
  run("update tokens set used_at = used_at - interval '89 days'");
  EXPECT_TRUE(log.identify("old").has_value());
}

TEST_F(lookup_test, ATokenOfADisabledUserIsNotGood) {
  add_token("token", 1, "1 hour");
  run("update users set disabled = true where user_id = 1");
  EXPECT_EQ(log.identify("token").error().code, errc::unauthenticated);
}

TEST_F(lookup_test, RevocationsAreToldForTenSeconds) {
  run("insert into revocations (token_id, at) values (5, clock_timestamp() - interval '9 seconds'), (6, "
      "clock_timestamp() - interval '11 seconds')");
  EXPECT_THAT(log.recent_revocations().value(), ElementsAre(token_id{5}));
}

TEST_F(lookup_test, AReaderWhoseBackendWasEndedAnswersTheNextRequest) {
  EXPECT_TRUE(log.now().has_value());
  for (int round = 0; round < 5; ++round) {
    end_readers();
    EXPECT_TRUE(log.known_users(std::vector<user_id>{{1}}).has_value()) << round;
  }
}

TEST_F(lookup_test, AReaderIsUnavailableWhileTheServerIsAwayAndServesAfterwards) {
  ASSERT_TRUE(log.now().has_value());
  ::kill(shared_server().pid(), SIGQUIT);
  EXPECT_TRUE(eventually([&] {
    const auto answer = log.now();
    EXPECT_TRUE(answer.has_value() || answer.error().code == errc::unavailable);
    return answer.has_error();
  }));
  EXPECT_TRUE(eventually([&] { return log.now().has_value(); }, 60s));
}

TEST_F(lookup_test, AReaderDoesNotWaitForAFrozenBackend) {
  postgres_log_queries impatient{url, "node-2", 300ms};
  ASSERT_TRUE(impatient.now().has_value());
  const auto frozen =
      ask<int>("select pid from pg_stat_activity where application_name = 'parley node-2 reader'");
  ::kill(frozen, SIGSTOP);
  const auto began = std::chrono::steady_clock::now();
  const auto answer = impatient.now();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_TRUE(answer.has_value() || answer.error().code == errc::unavailable);
  EXPECT_TRUE(impatient.now().has_value());
  ::kill(frozen, SIGCONT);
}

TEST_F(lookup_test, ATextThatTheDatabaseRefusesIsNoTemporaryFault) {
  const auto refused = log.find_users("\xff\xfe", 20);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, errc::internal);
}

}  // namespace
}  // namespace parley::testing
