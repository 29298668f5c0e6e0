#pragma once

#include <array>
#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "actors/inspection/metered.hpp"
#include "actors/link/link.hpp"

namespace parley {

/// What the actors around a link were given, in the order they got it: "forgotten", "state again", "begins",
/// "reached", "lost", or what a message says.
using journal = std::vector<std::string>;

/// Options of a link that has room for little.
inline link_options small() {
  link_options options;
  options.bounds = {.ring_messages = 8, .ring_bytes = 100'000, .window_messages = 4, .window_bytes = 50'000};
  return options;
}

/// Two nodes' links and the network between them, on virtual time. Nothing moves over the network until it is
/// told to.
class link_pair {
public:
  struct side;
  /// One end of a connection.
  struct test_wire : wire {
    side* from = nullptr;
    bool is_open = true;
    void send(std::string bytes) override {
      if (is_open) on_the_way.push_back(std::move(bytes));
    }
    void close() override { is_open = false; }
    std::deque<std::string> on_the_way;
  };
  struct test_network : peer_network {
    int dials = 0;
    void expect(std::vector<peer_address> /*peers*/) override {}
    void dial(const peer_address& /*peer*/) override { ++dials; }
    void stop() override {}
  };
  struct side {
    incarnation_id node;
    std::shared_ptr<directory> where;
    std::shared_ptr<test_network> network = std::make_shared<test_network>();
    std::shared_ptr<test_wire> way;  // to the other side
    std::uint64_t connection = 0;
    link_actor link;
    journal placement, relay, shard, forwarder;  // what each was given
    std::vector<std::string> all;                // what relay and shard were given
    std::vector<conversation_answered> answers;
  };

  explicit link_pair(link_options options = {}, link_options options_of_other = {});
  ~link_pair();

  side& one() { return sides_[0]; }
  side& other() { return sides_[1]; }

  /// A connection stands.
  void connect();
  void cut();
  /// The first bytes that this side sent arrive; false: there are none.
  bool deliver(side& from);
  void lose(side& from);
  /// The first bytes arrive, and are still there to arrive again.
  void repeat(side& from);
  void deliver_all();
  /// Both ends stand, and everything on the way has arrived.
  void establish();

  void say(side& from, const std::string& what);
  void ask(side& from, std::uint64_t number, std::size_t bytes = 1);
  /// Runs what can run, without time going on.
  void settle() { scheduler_.run(); }
  void pass(std::chrono::milliseconds time);
  /// Time goes on in one step, as for a process that was stopped.
  void jump(std::chrono::milliseconds time) {
    scheduler_.advance_time(time);
    settle();
  }

private:
  void spawn(side& of, side& peer, const link_options& options);
  side& peer_of(side& of) { return &of == sides_.data() ? sides_[1] : sides_[0]; }

  struct testing_config : caf::actor_system_config {
    testing_config() { set("scheduler.policy", caf::atom("testing")); }
  };
  testing_config configuration_;
  caf::actor_system system_{configuration_};
  caf::scheduler::test_coordinator& scheduler_;
  std::array<side, 2> sides_;
};

}  // namespace parley
