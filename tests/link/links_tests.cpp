#include "actors/link/links.hpp"

#include <gtest/gtest.h>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

namespace parley {
namespace {

class noted_wire : public wire {
public:
  void send(std::string bytes) override { sent.push_back(std::move(bytes)); }
  void close() override { is_open = false; }
  std::vector<std::string> sent;
  bool is_open = true;
};

class noted_network : public peer_network {
public:
  void expect(std::vector<peer_address> peers) override { expected = std::move(peers); }
  void dial(const peer_address& peer) override { dialled.push_back(peer); }
  void stop() override { is_stopped = true; }
  std::vector<peer_address> expected;
  std::vector<peer_address> dialled;
  bool is_stopped = false;
};

class Links : public testing::Test {
protected:
  struct testing_config : caf::actor_system_config {
    testing_config() { set("scheduler.policy", caf::atom("testing")); }
  };

  void SetUp() override {
    where->node = {5};
    const auto nobody = system.spawn([]() -> caf::behavior {
      return {[](const node_forgotten&) {}, [](const state_again&) {}};
    });
    where->relay = caf::actor_cast<relay_actor>(nobody);
    for (auto& each : where->shards) each = caf::actor_cast<shard_actor>(nobody);
    const auto placement = system.spawn([this]() -> caf::behavior {
      return {[this](const peer_reached& what) { reached.push_back(what.peer); },
              [this](const peer_lost& what) { lost.push_back(what.peer); }, [](const peer_begins&) {}};
    });
    keeper = system.spawn(links, where, caf::actor_cast<link_listener>(placement), network, link_options{});
    news->go_to(keeper);
  }
  void TearDown() override {
    caf::anon_send(keeper, stop_actor{});
    news->go_to(links_actor{});
    keeper = links_actor{};
    do {
      run();
    } while (scheduler.trigger_timeouts() > 0 || scheduler.has_job());
    where->relay = relay_actor{};
    where->shards = {};
  }
  void run() { scheduler.run(); }
  void know(std::vector<peer_address> peers) {
    caf::anon_send(keeper, peers_known{std::move(peers)});
    run();
  }

  testing_config configuration;
  caf::actor_system system{configuration};
  caf::scheduler::test_coordinator& scheduler =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  std::shared_ptr<directory> where = std::make_shared<directory>();
  std::shared_ptr<noted_network> network = std::make_shared<noted_network>();
  std::shared_ptr<wire_news> news = std::make_shared<wire_news>();
  links_actor keeper;
  std::vector<incarnation_id> reached, lost;
};

const peer_address small_one{{3}, "node-3", "a:1"};
const peer_address large_one{{7}, "node-7", "b:1"};

TEST_F(Links, KeepsOneForEachPeerThereIsAndExpectsThem) {
  know({small_one, large_one});
  EXPECT_EQ(network->expected, (std::vector{small_one, large_one}));
  EXPECT_EQ(network->dialled, std::vector{large_one});
  EXPECT_TRUE(where->ways.link_to({3}));
  EXPECT_TRUE(where->ways.link_to({7}));
  EXPECT_FALSE(where->ways.link_to({5}));
  know({small_one, large_one});
  EXPECT_EQ(network->dialled.size(), 1U);
}

TEST_F(Links, EndsTheOneOfAPeerThatIsGoneAndTakesANewLife) {
  know({small_one});
  const auto way = std::make_shared<noted_wire>();
  news->opened({3}, 1, way);
  run();
  const auto first = where->ways.link_to({3});
  know({{{4}, "node-3", "a:1"}});
  EXPECT_FALSE(way->is_open);
  EXPECT_FALSE(where->ways.link_to({3}));
  EXPECT_TRUE(where->ways.link_to({4}));
  EXPECT_NE(where->ways.link_to({4}), first);
}

TEST_F(Links, HandsWhatTheNetworkTellsToTheLinkOfThatPeer) {
  know({small_one, large_one});
  const auto way = std::make_shared<noted_wire>();
  news->opened({7}, 4, way);
  run();
  EXPECT_EQ(way->sent.size(), 1U);
  news->received({7}, 4, encode_hello({{7}, {5}, 9, {}, 0, 1, 0}));
  run();
  EXPECT_EQ(reached, std::vector{incarnation_id{7}});
  news->closed({7}, 4);
  run();
  EXPECT_EQ(lost, std::vector{incarnation_id{7}});
}

TEST_F(Links, ClosesAWireOfNobody) {
  know({small_one});
  const auto way = std::make_shared<noted_wire>();
  news->opened({7}, 1, way);
  run();
  EXPECT_FALSE(way->is_open);
}

TEST_F(Links, StopWithTheirNetwork) {
  know({small_one});
  const auto way = std::make_shared<noted_wire>();
  news->opened({3}, 1, way);
  run();
  caf::anon_send(keeper, stop_actor{});
  run();
  EXPECT_TRUE(network->is_stopped);
  EXPECT_FALSE(way->is_open);
  EXPECT_FALSE(where->ways.link_to({3}));
}

}  // namespace
}  // namespace parley
