#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "persistence/postgres_entry_log.hpp"
#include "tests/persistence/support/database.hpp"
#include "tests/persistence/support/helper_process.hpp"
#include "tests/persistence/support/items.hpp"

namespace parley::testing {
namespace {

using ::testing::HasSubstr;
using status = append_result::status;

class fence_test : public database_test {
protected:
  static std::vector<append_item> one(const std::string& key) { return {message(1, 1, key, "text")}; }

  /// Ends the holders of the locks, as somebody does who takes over from a dead node.
  void terminate_holders() {
    run("select pg_terminate_backend(pid, 5000) from (select distinct pid from pg_locks where locktype = "
        "'advisory' and granted and database = (select oid from pg_database where datname = "
        "current_database())) holders");
  }
  void terminate(int backend) { run("select pg_terminate_backend(" + std::to_string(backend) + ", 5000)"); }
  std::string keys() {
    return ask<std::string>("select coalesce(string_agg(key, ' ' order by seq), '') from entries");
  }
};

TEST_F(fence_test, ASecondWriterIsRefusedAndToldWhoHoldsTheShards) {
  postgres_entry_log first{url, "node-1", {11}};
  postgres_entry_log second{url, "node-2", {22}};
  ASSERT_TRUE(hold(first, all_shards()).has_value());
  const auto refused = hold(second, all_shards());
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, errc::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("parley node-1 11 writer"));
  EXPECT_THAT(refused.error().message, HasSubstr(std::to_string(first.backend_pid())));
  EXPECT_EQ(second.append(one("a")).error(), log_failure::disconnected);
  ASSERT_TRUE(first.append(one("b")).has_value());
  first.release();
  EXPECT_TRUE(eventually([&] { return hold(second, all_shards()).has_value(); }));
  EXPECT_TRUE(second.append(one("c")).has_value());
  EXPECT_EQ(keys(), "b c");
}

TEST_F(fence_test, ThoseWhoHoldOtherShardsAreNotBlamed) {
  postgres_entry_log first{url, "node-1", {11}};
  postgres_entry_log other{url, "node-3", {33}};
  postgres_entry_log second{url, "node-2", {22}};
  ASSERT_TRUE(hold(other, std::vector<shard_index>{{1}, {2}}).has_value());
  ASSERT_TRUE(hold(first, std::vector<shard_index>{{7}}).has_value());
  const auto refused = hold(second, std::vector<shard_index>{{6}, {7}});
  ASSERT_TRUE(refused.has_error());
  EXPECT_THAT(refused.error().message, HasSubstr("node-1"));
  // All or none: shard 6 was given back.
  EXPECT_TRUE(eventually([&] { return hold(other, std::vector<shard_index>{{1}, {2}, {6}}).has_value(); }));
}

TEST_F(fence_test, AFrozenWriterThatWasReplacedWritesNothingWhenItWakes) {
  helper_process frozen{{PARLEY_WRITER_PROCESS, url, "11"}};
  ASSERT_EQ(frozen.hear(), "held");
  frozen.say("before");
  ASSERT_EQ(frozen.hear(), "written at 1");
  frozen.freeze();
  frozen.say("late");
  terminate_holders();
  postgres_entry_log taker{url, "node-2", {22}};
  ASSERT_TRUE(hold(taker, all_shards()).has_value());
  ASSERT_EQ(taker.append(one("taken")).value()[0].seq, 2);
  frozen.send(SIGCONT);
  EXPECT_EQ(frozen.hear(), "disconnected");
  frozen.say("later");
  EXPECT_EQ(frozen.hear(), "disconnected");
  EXPECT_EQ(keys(), "before taken");
}

TEST_F(fence_test, TheLocksOfAKilledWriterAreFreeAtOnce) {
  auto killed = std::make_unique<helper_process>(std::vector<std::string>{PARLEY_WRITER_PROCESS, url, "11"});
  ASSERT_EQ(killed->hear(), "held");
  killed.reset();
  postgres_entry_log taker{url, "node-2", {22}};
  EXPECT_TRUE(eventually([&] { return hold(taker, all_shards()).has_value(); }, std::chrono::seconds{5}));
}

TEST_F(fence_test, AWriterWhoseBackendWasEndedNeitherReconnectsNorWrites) {
  postgres_entry_log log{url, "node-1", {11}};
  ASSERT_TRUE(hold(log, all_shards()).has_value());
  EXPECT_TRUE(log.alive());
  terminate(log.backend_pid());
  EXPECT_TRUE(eventually([&] { return !log.alive(); }));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(log.append(one("a")).error(), log_failure::disconnected);
  EXPECT_EQ(ask<int>("select count(*) from pg_stat_activity where application_name like 'parley node-1%'"),
            0);
  EXPECT_EQ(keys(), "");
  ASSERT_TRUE(hold(log, all_shards()).has_value());
  EXPECT_EQ(log.append(one("a")).value()[0].what, status::written);
}

TEST_F(fence_test, TheLibraryByItselfWouldReconnectWithoutTheLocksAndWrite) {
  // Why the above is worth a test.
  pqxx::connection plain{url};
  const auto before = plain.backendpid();
  terminate(before);
  int failures = 0;
  ASSERT_TRUE(eventually([&] {
    try {
      pqxx::nontransaction{plain}.exec(
          "insert into entries (conversation_id, seq, number, kind, sender_id, key, digest, body, at) values "
          "(1, 1, 1, 2, 1, 'unfenced', gen_random_uuid(), 'x', now())");
      return true;
    } catch (const pqxx::broken_connection&) {
      ++failures;
      return false;
    }
  }));
  EXPECT_GT(failures, 0);
  EXPECT_NE(plain.backendpid(), before);
  EXPECT_EQ(keys(), "unfenced");
}

TEST_F(fence_test, AConnectionThatWasEndedStaysBroken) {
  watched_connection watched{url};
  terminate(watched.backend());
  for (int i = 0; i < 20; ++i)
    EXPECT_THROW(pqxx::nontransaction{watched.connection()}.exec("create table unfenced (x integer)"),
                 pqxx::failure);
  EXPECT_FALSE(watched.stands());
  EXPECT_EQ(ask<int>("select count(*) from pg_class where relname = 'unfenced'"), 0);
}

TEST_F(fence_test, ABatchWithAShardThatSomebodyElseHoldsIsFencedAsAWhole) {
  postgres_entry_log log{url, "node-1", {11}};
  ASSERT_TRUE(hold(log, std::vector<shard_index>{shard_of(conversation_id{1})}).has_value());
  pqxx::connection rival{url};
  pqxx::nontransaction{rival}.exec_params("select pg_advisory_lock($1::int, $2::int)", shard_lock_class,
                                          shard_of(conversation_id{2}).value);
  ASSERT_TRUE(log.append(one("own")).has_value());
  const auto refused = log.append(std::vector<append_item>{message(1, 1, "a", "x"), message(2, 1, "b", "x")});
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error(), log_failure::fenced);
  EXPECT_EQ(keys(), "own");
  // The shards are lost: this connection writes no more, and has given its locks back.
  EXPECT_FALSE(log.alive());
  EXPECT_EQ(log.append(one("c")).error(), log_failure::disconnected);
  EXPECT_TRUE(eventually([&] {
    return ask<int>(
               "select count(distinct pid) from pg_locks where locktype = 'advisory' and database = (select "
               "oid from pg_database where datname = current_database())") == 1;
  }));
}

TEST_F(fence_test, ANewConversationInAShardThatSomebodyElseHoldsIsFenced) {
  postgres_entry_log log{url, "node-1", {11}};
  ASSERT_TRUE(hold(log, std::vector<shard_index>{shard_of(conversation_id{1})}).has_value());
  pqxx::connection rival{url};
  pqxx::nontransaction{rival}.exec_params("select pg_advisory_lock($1::int, $2::int)", shard_lock_class,
                                          shard_of(conversation_id{2}).value);
  EXPECT_EQ(log.append(std::vector<append_item>{direct(2, 1, 1, 2)}).error(), log_failure::fenced);
  EXPECT_EQ(ask<int>("select (select count(*) from entries) + (select count(*) from direct)"), 0);
}

TEST_F(fence_test, ALockLetGoByMistakeAndTakenByAnotherFencesTheWriter) {
  // Everything on our backend's account: only the second wall, in the batch itself, is left.
  postgres_entry_log log{url, "node-1", {11}};
  ASSERT_TRUE(hold(log, all_shards()).has_value());
  ASSERT_TRUE(log.append(one("own")).has_value());
  // A trigger runs on our backend and lets its locks go when asked to.
  run("create function let_go() returns trigger language plpgsql as $$ begin if new.body = 'let go' then "
      "perform pg_advisory_unlock_all(); end if; return new; end $$; create trigger let_go before insert on "
      "entries for each row execute function let_go()");
  ASSERT_TRUE(log.append(std::vector<append_item>{message(1, 1, "last", "let go")}).has_value());
  postgres_entry_log taker{url, "node-2", {22}};
  ASSERT_TRUE(hold(taker, all_shards()).has_value());
  EXPECT_EQ(log.append(one("a")).error(), log_failure::fenced);
  EXPECT_TRUE(taker.append(one("taken")).has_value());
  EXPECT_EQ(keys(), "own last taken");
}

TEST_F(fence_test, TakingAgainEndsTheEarlierBackendFirst) {
  postgres_entry_log log{url, "node-1", {11}};
  ASSERT_TRUE(hold(log, all_shards()).has_value());
  const auto first = log.backend_pid();
  ASSERT_TRUE(hold(log, all_shards()).has_value());
  EXPECT_NE(log.backend_pid(), first);
  EXPECT_EQ(ask<int>("select count(*) from pg_stat_activity where pid = " + std::to_string(first)), 0);
  EXPECT_EQ(ask<int>("select count(*) from pg_locks where locktype = 'advisory' and database = (select oid "
                     "from pg_database where datname = current_database())"),
            shard_count);
}

}  // namespace
}  // namespace parley::testing
