#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "persistence/cluster_rows.hpp"
#include "persistence/cluster_statements.hpp"
#include "persistence/connection_names.hpp"
#include "persistence/postgres_cluster_registry.hpp"
#include "persistence/postgres_entry_log.hpp"
#include "tests/persistence/support/database.hpp"
#include "tests/persistence/support/helper_process.hpp"
#include "tests/persistence/support/items.hpp"

// What only a real server can do to a registry.

namespace parley::testing {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::Not;

class postgres_registry_test : public database_test {
protected:
  static node_record node(const std::string& name, std::int64_t incarnation) {
    node_record record;
    record.name = name;
    record.incarnation = {incarnation};
    return record;
  }
  std::unique_ptr<postgres_cluster_registry> registry(const std::string& name, std::int64_t incarnation,
                                                      postgres_cluster_registry::patience how = {500ms, 200ms,
                                                                                                 500ms}) {
    return std::make_unique<postgres_cluster_registry>(url, name, incarnation_id{incarnation}, how);
  }
};

TEST_F(postgres_registry_test, ANodeWaitsForItsNameUntilItsEarlierLifeIsGone) {
  auto old = registry("node-1", 11);
  ASSERT_TRUE(old->join(node("node-1", 11)).has_value());
  const auto next = registry("node-1", 12, {7s, 10s, 5s});
  std::thread ending{[&] {
    // As soon as somebody waits for it.
    ASSERT_TRUE(eventually([&] {
      return ask<int>(
                 "select count(*) from pg_stat_activity where application_name = 'parley node-1 12 "
                 "registry'") == 1;
    }));
    old.reset();
  }};
  const auto joined = next->join(node("node-1", 12));
  ending.join();
  ASSERT_TRUE(joined.has_value());
  EXPECT_EQ(joined.value().nodes.size(), 1U);
}

TEST_F(postgres_registry_test, AFrozenServerProcessIsGivenUpAndTheNameTakenAgain) {
  const auto frozen = registry("node-1", 11);
  ASSERT_TRUE(frozen->join(node("node-1", 11)).has_value());
  const auto backend = frozen->backend_pid();
  ::kill(backend, SIGSTOP);
  const auto began = steady_clock::now();
  EXPECT_EQ(frozen->beat(node("node-1", 11)).error().code, errc::unavailable);
  EXPECT_LT(steady_clock::now() - began, 5s);
  // It holds the name as long as it is frozen.
  const auto held = frozen->beat(node("node-1", 11));
  ASSERT_TRUE(held.has_error());
  EXPECT_EQ(held.error().code, errc::unavailable) << held.error().message;
  EXPECT_LT(steady_clock::now() - began, 10s);
  ::kill(backend, SIGCONT);
  EXPECT_TRUE(eventually([&] { return frozen->beat(node("node-1", 11)).has_value(); }));
  EXPECT_EQ(
      ask<int>("select count(*) from pg_stat_activity where application_name = 'parley node-1 11 registry'"),
      1);
}

TEST_F(postgres_registry_test, AServerThatNeverAnswersIsGivenUpInTime) {
  // Connections are taken by the kernel, and nobody reads from them: a server behind a cut.
  const int silent = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof place;
  ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&place), size), 0);
  ASSERT_EQ(::listen(silent, 8), 0);
  ::getsockname(silent, reinterpret_cast<sockaddr*>(&place), &size);
  postgres_cluster_registry one{
      "host=127.0.0.1 connect_timeout=2 dbname=x port=" + std::to_string(ntohs(place.sin_port)),
      "node-1",
      {11}};
  const auto began = steady_clock::now();
  EXPECT_EQ(one.join(node("node-1", 11)).error().code, errc::unavailable);
  EXPECT_LT(steady_clock::now() - began, 5s);
  ::close(silent);
}

TEST_F(postgres_registry_test, AServerThatStopsAtOnceIsUnavailableAndFoundAgain) {
  const auto one = registry("node-1", 11, {7s, 10s, 5s});
  ASSERT_TRUE(one->join(node("node-1", 11)).has_value());
  ::kill(shared_server().pid(), SIGQUIT);
  EXPECT_TRUE(eventually([&] { return one->beat(node("node-1", 11)).has_error(); }));
  EXPECT_TRUE(eventually([&] { return one->beat(node("node-1", 11)).has_value(); }, 60s));
  EXPECT_TRUE(one->look().has_value());
}

TEST_F(postgres_registry_test, ANodeThatIsFrozenHoldsNothingAnyMoreWhenItsWritersWereEnded) {
  helper_process frozen{{PARLEY_WRITER_PROCESS, url, "11"}};
  ASSERT_EQ(frozen.hear(), "held");
  frozen.freeze();
  const auto taker = registry("node-2", 22, {7s, 200ms, 5s});
  ASSERT_TRUE(taker->join(node("node-2", 22)).has_value());
  EXPECT_EQ(taker->look().value().owners[0], incarnation_id{11});
  const auto began = steady_clock::now();
  ASSERT_TRUE(taker->end_writers({11}).has_value());
  RecordProperty("ended_after_us", static_cast<int>((steady_clock::now() - began) / 1us));
  postgres_entry_log writer{url, "node-2", {22}};
  ASSERT_TRUE(hold(writer, all_shards()).has_value());
  ASSERT_TRUE(writer.append(std::vector<append_item>{message(1, 1, "taken", "x")}).has_value());
  frozen.send(SIGCONT);
  frozen.say("late");
  EXPECT_EQ(frozen.hear(), "disconnected");
  EXPECT_EQ(ask<std::string>("select string_agg(key, ' ' order by seq) from entries"), "taken");
}

TEST_F(postgres_registry_test, ADatabaseThatWasPutBackKnowsTheLivingAgainAfterTheirNextBeat) {
  const auto one = registry("node-1", 11, {7s, 200ms, 5s});
  const auto two = registry("node-2", 22, {7s, 200ms, 5s});
  ASSERT_TRUE(one->join(node("node-1", 11)).has_value());
  // The state that is put back: a life of node-2 that is long over, and nobody else.
  run("create table put_back as select * from nodes; update put_back set incarnation = 21, name = 'node-2', "
      "beat = 9");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(one->beat(node("node-1", 11)).has_value());
  ASSERT_TRUE(two->join(node("node-2", 22)).has_value());
  run("truncate nodes; insert into nodes select * from put_back; truncate shards");
  const auto seen = one->beat(node("node-1", 11));
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen.value().nodes.size(), 2U);
  ASSERT_TRUE(two->beat(node("node-2", 22)).has_value());
  EXPECT_EQ(ask<std::string>("select string_agg(incarnation::text, ' ' order by incarnation) from nodes"),
            "11 21 22");
  // The dead life goes when the node joins the next time, or when somebody forgets it.
  ASSERT_TRUE(one->forget({21}).has_value());
  EXPECT_EQ(one->look().value().nodes.size(), 2U);
}

TEST_F(postgres_registry_test, LinesOfOtherDatabasesAndOtherProgramsAreNobodys) {
  const auto elsewhere = fresh_database();
  {
    postgres_entry_log foreign{elsewhere, "node-1", {11}};
    ASSERT_TRUE(hold(foreign, {{1}, {2}}).has_value());
    pqxx::connection stranger{url + " application_name=psql"};
    pqxx::nontransaction{stranger}.exec("select pg_advisory_lock(" + std::to_string(shard_lock_class) +
                                        ", 3)");
    const auto one = registry("node-1", 12);
    const auto view = one->join(node("node-1", 12));
    ASSERT_TRUE(view.has_value());
    for (const auto& owner : view.value().owners) EXPECT_EQ(owner, incarnation_id{});
    // Nor were they ended by the join of a node of that name.
    EXPECT_TRUE(foreign.alive());
    ASSERT_TRUE(one->end_writers({11}).has_value());
    EXPECT_TRUE(foreign.alive());
    // A name is a database's, too.
    postgres_cluster_registry same_name{elsewhere, "node-1", {12}, {7s, 200ms, 5s}};
    EXPECT_TRUE(same_name.join(node("node-1", 12)).has_value());
  }
  drop_database(elsewhere);
}

TEST_F(postgres_registry_test, TheLongestNamesFit) {
  constexpr std::int64_t longest = 9'223'372'036'854'775'807;
  const std::string name(20, 'n');
  EXPECT_LE(name_of_writer(name, {longest}).size(), 63U);
  EXPECT_LE(name_of_registry(name, {longest}).size(), 63U);
  const auto one = registry(name, longest);
  ASSERT_TRUE(one->join(node(name, longest)).has_value());
  postgres_entry_log writer{url, name, {longest}};
  ASSERT_TRUE(hold(writer, {{1}}).has_value());
  EXPECT_EQ(one->look().value().owners[1], incarnation_id{longest});
}

TEST_F(postgres_registry_test, OnlyAWritersNameSaysWhoseItIs) {
  EXPECT_EQ(incarnation_of_writer("parley node-1 11 writer"), incarnation_id{11});
  for (const auto* name : {"", "parley writer", "parley  writer", "parley node-1 11 registry",
                           "parley 11 writer", "parley node-1 x writer", "parley node-1 0 writer", "psql",
                           "parley node-1 99999999999999999999 writer", "parley node-1 11 writer helper"})
    EXPECT_EQ(incarnation_of_writer(name), std::nullopt) << name;
}

TEST_F(postgres_registry_test, OperatorsReadTheClusterOverAnyConnection) {
  const auto one = registry("node-1", 11);
  ASSERT_TRUE(one->join(node("node-1", 11)).has_value());
  pqxx::connection desk{url};
  EXPECT_EQ(read_cluster(desk).nodes.size(), 1U);
  ASSERT_TRUE(request_drain(desk, "node-1").has_value());
  EXPECT_TRUE(read_cluster(desk).nodes.front().drain_wanted);
  const auto unknown = request_drain(desk, "node-2");
  ASSERT_TRUE(unknown.has_error());
  EXPECT_THAT(unknown.error().message, HasSubstr("node-2"));
}

TEST_F(postgres_registry_test, ABeatIsCheapWithAllShardsHeld) {
  std::vector<std::unique_ptr<postgres_cluster_registry>> nodes;
  std::vector<std::unique_ptr<postgres_entry_log>> writers;
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto name = "node-" + std::to_string(i);
    nodes.push_back(registry(name, i + 1, {7s, 200ms, 5s}));
    ASSERT_TRUE(nodes.back()->join(node(name, i + 1)).has_value());
    std::vector<shard_index> shards;
    for (auto shard = static_cast<std::int32_t>(i); shard < shard_count; shard += 3)
      shards.push_back({shard});
    writers.push_back(std::make_unique<postgres_entry_log>(url, name, incarnation_id{i + 1}));
    ASSERT_TRUE(hold(*writers.back(), shards).has_value());
    ASSERT_TRUE(nodes.back()->note_taken(shards, {i + 1}).has_value());
  }
  std::vector<steady_clock::duration> took;
  for (int i = 0; i < 100; ++i) {
    const auto began = steady_clock::now();
    const auto view = nodes[0]->beat(node("node-0", 1));
    took.push_back(steady_clock::now() - began);
    ASSERT_TRUE(view.has_value());
    ASSERT_EQ(std::ranges::count(view.value().owners, incarnation_id{}), 0);
    ASSERT_EQ(std::ranges::count(view.value().owned_since, 0), 0);
  }
  std::ranges::nth_element(took, took.begin() + 50);
  RecordProperty("beat_us", static_cast<int>(took[50] / 1us));
  EXPECT_LT(took[50], 100ms);
}

TEST_F(postgres_registry_test, WhatWasWrittenLatelyIsFoundWithoutReadingTheWholeLog) {
  run("insert into entries (conversation_id, seq, number, kind, sender_id, key, digest, body, at) "
      "select n, 1, 1, 2, 1, 'k', gen_random_uuid(), 'x', now() - (50000 - n) * interval '1 second' "
      "from generate_series(1, 50000) n; analyze entries");
  // PostgreSQL does this by itself, within minutes.
  run("select brin_summarize_new_values('entries_at')");
  std::string sql = written_since_sql;
  const auto since = ask<std::string>("select ((extract(epoch from now()) - 60) * 1000)::bigint::text");
  sql.replace(sql.find('@'), 1, since);
  pqxx::connection connection{url};
  pqxx::work work{connection};
  work.exec(written_since_settings);
  std::string plan;
  for (const auto& row : work.exec("explain (analyze, costs off, timing off) " + sql))
    plan += row[0].as<std::string>() + "\n";
  EXPECT_THAT(plan, HasSubstr("Bitmap Index Scan on entries_at"));
  EXPECT_THAT(plan, Not(HasSubstr("Seq Scan on entries")));
  // 60 of 50,000, and of what stands in the same ranges of pages no more than some thousands.
  EXPECT_THAT(plan, ::testing::ContainsRegex("Rows Removed by Index Recheck: [0-9]{1,4}\n"));
}

}  // namespace
}  // namespace parley::testing
