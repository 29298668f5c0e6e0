#include <gtest/gtest.h>

#include "persistence/cluster_desk.hpp"
#include "persistence/postgres_cluster_registry.hpp"
#include "persistence/postgres_entry_log.hpp"
#include "tests/persistence/support/database.hpp"
#include "tests/persistence/support/items.hpp"

// What operators ask about nodes, shards and where something lives.

namespace parley::testing {
namespace {


class cluster_desk_test : public database_test {
protected:
  void SetUp() override {
    database_test::SetUp();
    run("insert into users (user_id, name, password_hash) values (41, 'Alice', ''), (42, '41', ''); "
        "insert into conversations (conversation_id, kind, name) values (7, 1, 'friends'), (8, 0, null)");
  }
  void add_node(const std::string& name, std::int64_t incarnation, const std::string& beat_age) {
    run("insert into nodes (incarnation, name, address, url, version, state, links, beat_at) values (" +
        std::to_string(incarnation) + ", '" + name +
        "', '', '', '1', 1, '{}', clock_timestamp() - interval '" + beat_age + "')");
  }
  outcome<place_found> find(const place_question& what) {
    pqxx::connection connection{url};
    return cluster_desk::find_place(connection, what);
  }
  outcome<cluster_view> drain(const std::string& name) {
    pqxx::connection connection{url};
    return cluster_desk::ask_to_drain(connection, name);
  }
};

TEST_F(cluster_desk_test, AConversationIsFoundByItsIdWithWhoHoldsItsShard) {
  postgres_entry_log writer{url, "node-1", {11}};
  ASSERT_TRUE(hold(writer, {shard_of(conversation_id{7})}).has_value());
  const auto group = find(conversation_id{7});
  ASSERT_TRUE(group.has_value());
  EXPECT_EQ(group.value().name, "friends");
  EXPECT_EQ(group.value().shard, shard_of(conversation_id{7}));
  EXPECT_EQ(group.value().cluster.owners[static_cast<std::size_t>(group.value().shard.value)],
            incarnation_id{11});
  EXPECT_FALSE(find(conversation_id{8}).value().name);
  EXPECT_EQ(find(conversation_id{9}).error().code, errc::not_found);
}

TEST_F(cluster_desk_test, AUserIsFoundByIdAndElseByName) {
  for (const auto* given : {"41", "alice", "ALICE"}) {
    const auto found = find(std::string{given});
    ASSERT_TRUE(found.has_value()) << given;
    EXPECT_EQ(std::get<user_id>(found.value().id), user_id{41}) << given;
    EXPECT_EQ(found.value().name, "Alice");
    EXPECT_EQ(found.value().shard, shard_of(user_id{41}));
  }
  run("delete from users where user_id = 41");
  EXPECT_EQ(std::get<user_id>(find(std::string{"41"}).value().id), user_id{42});
  EXPECT_EQ(find(std::string{"nobody"}).error().code, errc::not_found);
}

TEST_F(cluster_desk_test, ANodeThatRunsIsAskedToDrain) {
  add_node("node-1", 11, "1 second");
  add_node("node-2", 22, "1 second");
  const auto asked = drain("node-1");
  ASSERT_TRUE(asked.has_value());
  EXPECT_TRUE(node_named(asked.value(), "node-1")->drain_wanted);
  EXPECT_FALSE(node_named(asked.value(), "node-2")->drain_wanted);
  EXPECT_EQ(drain("node-3").error().code, errc::not_found);
}

TEST_F(cluster_desk_test, ANodeThatIsGoneIsNotAskedButOneThatIsStillHoldingIs) {
  add_node("node-1", 11, "11 seconds");
  const auto refused = drain("node-1");
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, errc::conflict);
  EXPECT_EQ(ask<int>("select count(*) from nodes where drain_wanted"), 0);
  postgres_entry_log writer{url, "node-1", {11}};
  ASSERT_TRUE(hold(writer, {{3}}).has_value());
  EXPECT_TRUE(drain("node-1").has_value());
}

}  // namespace
}  // namespace parley::testing
