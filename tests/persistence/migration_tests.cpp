#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>

#include "persistence/migrate.hpp"
#include "tests/persistence/support/database.hpp"

namespace parley::testing {
namespace {

using ::testing::HasSubstr;

class migration_test : public database_test {};

TEST_F(migration_test, MigratingTwiceChangesNothing) {
  const auto before = ask<std::string>("select string_agg(number || checksum || at, ' ') from migrations");
  const auto epoch = ask<std::string>("select epoch from cluster");
  ASSERT_TRUE(migrate(url).has_value());
  EXPECT_EQ(ask<std::string>("select string_agg(number || checksum || at, ' ') from migrations"), before);
  EXPECT_EQ(ask<std::string>("select epoch from cluster"), epoch);
  EXPECT_EQ(ask<std::size_t>("select count(*) from migrations"), migration_count);
}

TEST_F(migration_test, NodesThatStartTogetherMigrateOnce) {
  const auto empty = empty_database();
  std::vector<std::thread> nodes;
  std::atomic<int> done{0};
  for (int i = 0; i < 4; ++i) nodes.emplace_back([&] { done += migrate(empty).has_value() ? 1 : 0; });
  for (auto& node : nodes) node.join();
  EXPECT_EQ(done, 4);
  drop_database(std::exchange(url, empty));
  EXPECT_EQ(ask<std::size_t>("select count(*) from migrations"), migration_count);
  EXPECT_EQ(ask<int>("select count(*) from cluster"), 1);
}

TEST_F(migration_test, AMigrationThatIsNotTheOneAppliedIsRefusedByName) {
  run("update migrations set checksum = 'another' where number = 1");
  const auto refused = migrate(url);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, errc::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr(migrations[0].name));
}

TEST_F(migration_test, ADatabaseNewerThanTheProgramIsRefused) {
  run("insert into migrations (number, name, checksum) values (9001, 'from the future', '')");
  const auto refused = migrate(url);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, errc::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("9001"));
  EXPECT_THAT(refused.error().message, HasSubstr("newer"));
}

TEST_F(migration_test, ADatabaseWithAnotherNumberOfShardsIsRefused) {
  run("update cluster set shard_count = 512");
  const auto refused = migrate(url);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, errc::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("512"));
}

TEST_F(migration_test, AServerThatIsAwayIsUnavailable) {
  const auto away = migrate("host=/nowhere dbname=x");
  ASSERT_TRUE(away.has_error());
  EXPECT_EQ(away.error().code, errc::unavailable);
}

TEST_F(migration_test, ATextThatIsNoConnectionStringIsRefusedWithoutRepeatingIt) {
  const auto wrong = migrate("postgresql://user:secret@host:notaport/%zz");
  ASSERT_TRUE(wrong.has_error());
  EXPECT_THAT(wrong.error().message, ::testing::Not(HasSubstr("secret")));
}

TEST_F(migration_test, EveryKeyOfAConversationsTablesBeginsWithTheConversation) {
  // So that a conversation's rows can live on a server of their own. What is kept by user may hold a
  // conversation elsewhere, and `search_progress` is a server's; all others with the column are a
  // conversation's.
  EXPECT_EQ(
      ask<std::string>("select coalesce(string_agg(i.indexrelid::regclass::text, ' '), '') from pg_index i "
                       "join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace "
                       "join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] "
                       "where (i.indisunique or i.indisprimary) and a.attname <> 'conversation_id' "
                       "and c.relname not in ('inbox', 'direct', 'created', 'search_progress') and exists "
                       "(select from pg_attribute o "
                       "where o.attrelid = c.oid and o.attname = 'conversation_id')"),
      "");
  // The statement above finds something where there is something.
  EXPECT_GE(
      ask<int>("select count(*) from pg_index i join pg_class c on c.oid = i.indrelid join pg_attribute "
               "a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] where i.indisunique and "
               "a.attname = 'conversation_id' and c.relnamespace = 'public'::regnamespace"),
      5);
}

}  // namespace
}  // namespace parley::testing
