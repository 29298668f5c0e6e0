#include "tests/simulation/world.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/cluster_trouble.hpp"
#include "tests/simulation/connection.hpp"
#include "tests/simulation/device.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/faulty_log.hpp"
#include "tests/simulation/memory_cluster_registry.hpp"
#include "tests/simulation/simulated_cluster.hpp"

namespace parley::simulation {

namespace {

using std::chrono::milliseconds;
using condition = simulated_cluster::condition;

class world {
public:
  world(std::uint64_t seed, const planted& defects, const setting& where);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  history run();

private:
  [[nodiscard]] std::int64_t now_ms() const { return *now_ms_; }
  void decide();
  void people_come();
  [[nodiscard]] simulated_cluster::surroundings around_the_nodes();
  [[nodiscard]] simulated_node::parts parts_of(const node_record& self);
  [[nodiscard]] std::optional<door> find_door();
  void make_trouble();
  void roll();
  void stall(std::size_t node, const caf::actor& whom, const std::string& name, int ms_max);
  void exhaust_budget(std::size_t node);
  void relieve_budget();
  void cease_trouble();
  void live_for(milliseconds time);
  void be_quiet_for(milliseconds time);
  void rest_for(milliseconds time);

  dice chance_;
  const planted& defects_;
  setting setting_;
  std::shared_ptr<std::int64_t> now_ms_ = std::make_shared<std::int64_t>(0);
  std::shared_ptr<recorder> records_ = std::make_shared<recorder>([this] { return now_ms(); });
  std::shared_ptr<memory_store> store_ = std::make_shared<memory_store>([this] { return now_ms(); });
  std::shared_ptr<frame_table> frames_ = std::make_shared<frame_table>();
  std::shared_ptr<trouble> trouble_ = std::make_shared<trouble>();
  std::vector<device> devices_;
  connection_number last_connection_ = 0;
  // As the seed decides for all lives of all nodes.
  int writers_ = 1;
  int readers_ = 1;
  memory_log_queries::page_sizes pages_;
  limits rules_;
  stream_bounds ring_;
  double stalls_ = 0;
  std::optional<simulated_cluster> cluster_;  // ends before what its nodes use
  std::optional<cluster_trouble> failures_;
  struct taken_budget {
    std::size_t node = 0;
    std::size_t bytes = 0;
    std::int64_t until_ms = 0;
  };
  std::optional<taken_budget> budget_;
  std::size_t rolls_ = 0;  // its node is stopped next, or just now
  std::int64_t next_roll_ms_ = 3'000;
};

world::world(std::uint64_t seed, const planted& defects, const setting& where)
    : chance_(seed), defects_(defects), setting_(where) {
  store_->on_commit([this](const entry& written, backend_number by) {
    records_->note(happened::committed{written, by});
  });
  store_->backends().on_lock([this](backend_number who, std::span<const shard_index> shards, bool taken) {
    records_->note(happened::locked{who, {shards.begin(), shards.end()}, taken});
  });
  trouble_->chance = dice(chance_.next());
  trouble_->now_ms = [this] { return now_ms(); };
  trouble_->note = [this](std::string what) { records_->note(happened::fault{std::move(what)}); };
  decide();
  cluster_.emplace(dice(chance_.next()), around_the_nodes(), setting_.nodes);
  cluster_->network().tampers = defects.tampers;
  for (std::size_t i = 0; i < cluster_->size(); ++i) cluster_->start(i);
  if (setting_.nodes_fail)
    failures_.emplace(dice(chance_.next()), *cluster_, [this] {
      records_->note(happened::fault{"all connections break at once"});
      for (auto& each : devices_) each.disconnect();
    });
  people_come();
}

void world::decide() {
  // Some seeds have no trouble of a kind, so that others are seen alone.
  const double rarely = setting_.nodes_fail ? 0.3 : 1;
  trouble_->on = !setting_.nodes_roll;
  trouble_->append_fails = chance_.chance(0.7) ? 0.08 * rarely : 0;
  trouble_->connection_dies = chance_.chance(0.4) ? 0.01 * rarely : 0;
  trouble_->read_fails = chance_.chance(0.5) ? 0.05 : 0;
  stalls_ = chance_.chance(0.5) ? 0.01 * rarely * rarely : 0;
  if (chance_.chance(0.5)) pages_ = {2, 3, 2};
  writers_ = chance_.between(1, 2);
  readers_ = chance_.between(1, 2);
  rules_.sends_per_second = chance_.chance(0.3) ? 20 : 0;
  rules_.sends_burst = 20;
  // So that rings run over and windows close.
  if (chance_.chance(0.3) && !setting_.nodes_roll) ring_ = {64, 16'384, 16, 4'096};
  rules_.group_members = chance_.chance(0.5) ? 4 : 100;
  records_->past().rules = rules_;
}

simulated_cluster::surroundings world::around_the_nodes() {
  simulated_cluster::surroundings around;
  around.store = store_;
  around.frames = frames_;
  around.now_ms = now_ms_;
  around.note = [this](std::string what) { records_->note(happened::fault{std::move(what)}); };
  around.ended = [this](const std::string& node) {
    if (budget_ && cluster_->name_of(budget_->node) == node) budget_.reset();
    for (auto& each : devices_)
      if (each.is_connected_to(node)) each.disconnect();
  };
  around.clients = [this](const std::string& node) {
    return static_cast<std::size_t>(
        std::ranges::count_if(devices_, [&](const device& each) { return each.is_connected_to(node); }));
  };
  around.notes_logs = std::getenv("PARLEY_HISTORY") != nullptr;
  around.make = [this](const node_record& self) { return parts_of(self); };
  return around;
}

simulated_node::parts world::parts_of(const node_record& self) {
  simulated_node::parts parts;
  for (int i = 0; i < writers_; ++i)
    parts.writers.push_back(std::make_shared<faulty_entry_log>(defects_.writer(store_, self), trouble_));
  for (int i = 0; i < readers_; ++i)
    parts.readers.push_back(std::make_shared<faulty_log_queries>(defects_.reader(store_, pages_), trouble_));
  parts.registry = std::make_shared<memory_cluster_registry>(store_, self.name, self.incarnation);
  parts.link.rules = defects_.link_rules;
  parts.link.bounds = ring_;
  parts.rules = rules_;
  parts.new_conversation_id = [this] {
    return conversation_id{static_cast<std::int64_t>(chance_.next() >> 1U)};
  };
  return parts;
}

void world::people_come() {
  auto shared = std::make_shared<connection_environment>();
  shared->records = records_;
  shared->frames = frames_;
  shared->outbox_frames_max = chance_.chance(0.5) ? 1'000 : 6;
  shared->swallows = defects_.swallows;
  shared->doubles = defects_.doubles;
  shared->counts_requests = defects_.counts_requests;
  surroundings around;
  around.shared = shared;
  around.store = store_;
  around.find_door = [this] { return find_door(); };
  around.now_ms = [this] { return now_ms(); };
  around.patience_ms_max = setting_.nodes_fail ? 20'000 : 0;
  around.chance = &chance_;
  around.last_connection = &last_connection_;
  const int people = chance_.between(3, 5);
  for (int i = 1; i <= people; ++i) around.people.push_back({i});
  records_->past().people = around.people;
  for (const auto id : around.people) {
    const user_info person{id, "person" + to_text(id)};
    store_->add_user(person, "token" + to_text(id));
    for (int i = chance_.between(1, 2); i > 0; --i)
      devices_.emplace_back("d" + to_text(id) + (i == 1 ? "a" : "b"), person, "token" + to_text(id), around);
  }
}

std::optional<door> world::find_door() {
  // A frozen node's kernel still takes connections.
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < cluster_->size(); ++i)
    if (cluster_->life_of(i) != nullptr) open.push_back(i);
  if (open.empty()) return std::nullopt;
  const auto place = chance_.pick(open);
  return door{&cluster_->life_of(place)->gateway(), cluster_->name_of(place)};
}

void world::stall(std::size_t node, const caf::actor& whom, const std::string& name, int ms_max) {
  const milliseconds time{chance_.between(1, ms_max)};
  records_->note(happened::fault{name + " of " + cluster_->name_of(node) + " stalls for " +
                                 std::to_string(time.count()) + " ms"});
  cluster_->stall(node, whom, time);
}

void world::exhaust_budget(std::size_t node) {
  auto& budget = cluster_->life_of(node)->where().budget;
  const auto free = std::size_t{64U * 1'048'576U} - budget.used();
  if (budget_ || !budget.take(free)) return;
  budget_ = taken_budget{node, free, now_ms() + chance_.between(1, 4'000)};
  records_->note(happened::fault{"too much waits for the writers of " + cluster_->name_of(node)});
}

void world::relieve_budget() {
  if (budget_) cluster_->life_of(budget_->node)->where().budget.give_back(budget_->bytes);
  budget_.reset();
}

void world::make_trouble() {
  if (budget_ && now_ms() >= budget_->until_ms) relieve_budget();
  if (failures_) failures_->act();
  if (setting_.nodes_roll) return roll();
  if (!chance_.chance(stalls_)) return;
  const auto node = chance_.below(cluster_->size());
  if (cluster_->life_of(node) == nullptr) return;
  const auto& where = cluster_->life_of(node)->where();
  switch (chance_.below(4)) {
    case 0:
      return stall(node, caf::actor_cast<caf::actor>(chance_.pick(where.writers)), "a writer", 15'000);
    case 1:
      return stall(node, caf::actor_cast<caf::actor>(chance_.pick(where.readers)), "a reader", 12'000);
    case 2:
      return stall(node, caf::actor_cast<caf::actor>(where.relay), "the relay", 2'000);
    default:
      return exhaust_budget(node);
  }
}

void world::roll() {
  if (now_ms() < next_roll_ms_) return;
  const auto node = rolls_ % cluster_->size();
  if (cluster_->condition_of(node) == condition::up) return cluster_->drain(node);
  if (cluster_->condition_of(node) != condition::down) return;
  cluster_->start(node);
  ++rolls_;
  // Time to be ready, and to be given shards.
  next_roll_ms_ = now_ms() + chance_.between(4'000, 8'000);
}

void world::cease_trouble() {
  trouble_->on = false;
  cluster_->end_stalls();
  relieve_budget();
  if (failures_) failures_->cease();
  records_->note(happened::fault{"no more faults from here on"});
}

void world::live_for(milliseconds time) {
  const auto end = now_ms() + time.count();
  while (now_ms() < end) {
    bool busy = true;
    for (int i = chance_.between(0, 60); i > 0 && busy; --i) busy = cluster_->run_a_job();
    make_trouble();
    while (chance_.chance(0.4)) devices_[chance_.below(devices_.size())].act();
    if (!busy || chance_.chance(0.1)) cluster_->advance(milliseconds{chance_.between(1, 60)});
  }
}

void world::be_quiet_for(milliseconds time) {
  records_->note(happened::fault{"nobody says anything for " + std::to_string(time.count()) + " ms"});
  for (const auto end = now_ms() + time.count(); now_ms() < end; cluster_->advance(milliseconds{500}))
    while (cluster_->run_a_job()) {
    }
}

void world::rest_for(milliseconds time) {
  const auto end = now_ms() + time.count();
  while (now_ms() < end) {
    while (cluster_->run_a_job()) {
    }
    if (failures_) failures_->tend();
    for (std::size_t i = 0; setting_.nodes_roll && i < cluster_->size(); ++i)
      if (cluster_->condition_of(i) == condition::down) cluster_->start(i);
    for (auto& each : devices_) each.come_to_rest();
    // Time goes on also while somebody is told over and over to come back later.
    cluster_->advance(milliseconds{50});
  }
}

history world::run() {
  // Taking 1024 shards for the first time: its order is of no interest.
  cluster_->run_everything();
  live_for(milliseconds{setting_.nodes > 1 || setting_.nodes_fail ? chance_.between(8'000, 30'000)
                                                                  : chance_.between(4'000, 16'000)});
  if (chance_.chance(0.2)) {
    // Long enough for conversations to fall asleep.
    be_quiet_for(milliseconds{chance_.between(60'000, 130'000)});
    live_for(milliseconds{chance_.between(1'000, 6'000)});
  }
  cease_trouble();
  // Some are gone for good, so that the others have to learn it.
  if (chance_.chance(0.5)) {
    const auto gone = devices_[chance_.below(devices_.size())].owner();
    for (auto& each : devices_)
      if (each.owner() == gone) each.go_away();
  }
  // Two rounds of the longest wait (10 s for a read, 10 s for a write) and some seconds of repeating; and
  // where nodes die, until it is certain who is there.
  rest_for(milliseconds{setting_.nodes_fail ? 60'000 : 30'000});
  records_->past().settled = true;
  return std::move(records_->past());
}

world::~world() {
  for (auto& each : devices_) each.disconnect();
}

}  // namespace

history simulate(std::uint64_t seed, const planted& defects, const setting& where) {
  return world(seed, defects, where).run();
}

setting rolling_restart(std::uint64_t seed) {
  dice chance(seed * 37);
  return {static_cast<std::size_t>(chance.between(2, 4)), false, true};
}

setting several_nodes(std::uint64_t seed) {
  dice chance(seed * 31);
  return {static_cast<std::size_t>(chance.between(1, 4)), true, false};
}

}  // namespace parley::simulation
