#pragma once

#include <caf/resumable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/contract/values/cluster.hpp"
#include "tests/simulation/database_way.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/memory_store.hpp"
#include "tests/simulation/simulated_network.hpp"
#include "tests/simulation/simulated_node.hpp"

namespace parley::simulation {

/// Several nodes over one store, in one thread: each an actor system of its own, with one virtual time for
/// all. Chance decides whose actor runs next. Nodes die, freeze, wake, drain and come back as other lives.
class simulated_cluster {
public:
  /// What one life of a node is made of; its network and its way to the database are put around that.
  using maker = std::function<simulated_node::parts(const node_record& self)>;
  enum class condition : std::uint8_t { down, up, frozen, draining };
  using end_of_life = simulated_network::end_of_life;

  struct surroundings {
    std::shared_ptr<memory_store> store;
    std::shared_ptr<const frame_table> frames;
    std::shared_ptr<std::int64_t> now_ms;
    std::function<void(std::string)> note;          // what was done, for who reads the history
    bool notes_logs = false;                        // what nodes log goes there, too
    std::function<void(const std::string&)> ended;  // the clients of this node have lost their connections
    std::function<std::size_t(const std::string&)> clients;  // how many connections to this node there are
    maker make;
  };

  simulated_cluster(dice chance, surroundings around, std::size_t nodes);
  ~simulated_cluster();
  simulated_cluster(const simulated_cluster&) = delete;
  simulated_cluster& operator=(const simulated_cluster&) = delete;

  // Time and what happens in it.
  [[nodiscard]] std::int64_t now_ms() const { return *around_.now_ms; }
  void advance(std::chrono::milliseconds by);
  /// False when nothing can run before time goes on.
  bool run_a_job();
  /// The same, in the order in which things came up.
  void run_everything();

  // The nodes, by their places.
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] condition condition_of(std::size_t place) const { return nodes_[place].now; }
  [[nodiscard]] std::size_t count(condition which) const;
  [[nodiscard]] simulated_node* life_of(std::size_t place) { return nodes_[place].life.get(); }
  [[nodiscard]] const std::string& name_of(std::size_t place) const { return nodes_[place].name; }
  [[nodiscard]] simulated_network& network() { return network_; }

  void start(std::size_t place);
  void kill(std::size_t place, end_of_life how);
  /// Its process stands still for so long, and then goes on.
  void freeze(std::size_t place, std::chrono::milliseconds time);
  void wake(std::size_t place);
  /// It is asked to stop, gives its shards away, sends its clients to others, and ends.
  void drain(std::size_t place);
  /// Nothing gets from one node to the other for so long.
  void cut(std::size_t from, std::size_t to, std::chrono::milliseconds time);
  /// An actor of this node does nothing for so long.
  void stall(std::size_t place, const caf::actor& whom, std::chrono::milliseconds time);
  void end_stalls();

  // The database.
  /// Answers nothing for so long; what was asked longer ago than its askers wait fails.
  void stall_database(const std::vector<std::size_t>& places, std::chrono::milliseconds time);
  /// All connections break, and none is taken for so long.
  void restart_database(std::chrono::milliseconds time);
  /// One node does not reach it.
  void cut_from_database(std::size_t place, std::chrono::milliseconds time);
  void mend_database();

private:
  using job = caf::resumable*;
  struct node {
    std::string name;
    condition now = condition::down;
    node_record self;
    std::unique_ptr<simulated_node> life;
    std::shared_ptr<database_way> way;
    std::vector<std::shared_ptr<void>> connections;  // to the store, which end after their process
    std::map<job, std::int64_t> stalled;             // until when
    std::int64_t database_stalled_until = 0;
    std::int64_t drains_since = 0;
    bool sends_away = false;  // while it drains: its clients are told to go
  };

  void note(const std::string& what) const { around_.note(what); }
  void later(std::chrono::milliseconds in, std::function<void()> what);
  void end_backends_of(incarnation_id life);
  void end(node& which);
  void end_in_good_order(node& which);
  void look_after(node& which);
  void go_on_draining(node& which);
  [[nodiscard]] std::optional<std::size_t> job_of(const node& which);
  [[nodiscard]] bool is_stalled(const node& which, job candidate) const;
  [[nodiscard]] bool runs(const node& which) const {
    return which.now == condition::up || which.now == condition::draining;
  }

  dice chance_;
  surroundings around_;
  simulated_network network_;
  std::vector<node> nodes_;
  std::multimap<std::int64_t, std::function<void()>> later_;
  std::int64_t last_incarnation_ = 100;
  std::int64_t database_is_down_until_ = 0;
};

}  // namespace parley::simulation
