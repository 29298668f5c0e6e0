#include "tests/simulation/world.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/connection.hpp"
#include "tests/simulation/device.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/faulty_log.hpp"
#include "tests/simulation/simulated_node.hpp"

namespace parley::simulation {

namespace {

using std::chrono::milliseconds;

class world {
public:
  world(std::uint64_t seed, const planted& defects);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  history run();

private:
  using job = caf::resumable*;

  [[nodiscard]] std::int64_t now_ms() const { return node_.now_ms(); }
  void start_node(const planted& defects);
  bool run_a_job();
  [[nodiscard]] bool is_stalled(job candidate) const;
  void make_trouble();
  void stall(const caf::actor& whom, const std::string& name, int ms_max);
  void exhaust_budget();
  void cease_trouble();
  void live_for(milliseconds time);
  void be_quiet_for(milliseconds time);
  void rest_for(milliseconds time);

  dice chance_;
  std::shared_ptr<recorder> records_ = std::make_shared<recorder>([this] { return now_ms(); });
  std::shared_ptr<memory_store> store_ = std::make_shared<memory_store>([this] { return now_ms(); });
  std::shared_ptr<trouble> trouble_ = std::make_shared<trouble>();
  std::vector<device> devices_;
  simulated_node node_;  // ends first, while what it uses is still there
  connection_number last_connection_ = 0;
  std::map<job, std::int64_t> stalled_;  // until when
  std::size_t budget_taken_ = 0;
  std::int64_t budget_until_ms_ = 0;
  double stalls_ = 0;
};

world::world(std::uint64_t seed, const planted& defects) : chance_(seed) {
  store_->on_commit([this](const entry& written) { records_->note(happened::committed{written}); });
  trouble_->chance = dice(chance_.next());
  trouble_->now_ms = [this] { return now_ms(); };
  trouble_->note = [this](std::string what) { records_->note(happened::fault{std::move(what)}); };
  // Some seeds have no trouble of a kind, so that others are seen alone.
  trouble_->append_fails = chance_.chance(0.7) ? 0.08 : 0;
  trouble_->connection_dies = chance_.chance(0.4) ? 0.01 : 0;
  trouble_->read_fails = chance_.chance(0.5) ? 0.05 : 0;
  stalls_ = chance_.chance(0.5) ? 0.01 : 0;
  start_node(defects);
}

void world::start_node(const planted& defects) {
  simulated_node::parts parts;
  memory_log_queries::page_sizes pages;
  if (chance_.chance(0.5)) pages = {2, 3, 2};
  for (int i = chance_.between(1, 2); i > 0; --i)
    parts.writers.push_back(std::make_shared<faulty_entry_log>(defects.writer(store_), trouble_));
  for (int i = chance_.between(1, 2); i > 0; --i)
    parts.readers.push_back(std::make_shared<faulty_log_queries>(defects.reader(store_, pages), trouble_));
  parts.rules.sends_per_second = chance_.chance(0.3) ? 20 : 0;
  parts.rules.sends_burst = 20;
  parts.rules.group_members = chance_.chance(0.5) ? 4 : 100;
  records_->past().rules = parts.rules;
  parts.new_conversation_id = [this] {
    return conversation_id{static_cast<std::int64_t>(chance_.next() >> 1U)};
  };
  node_.start(std::move(parts));

  auto shared = std::make_shared<connection_environment>();
  shared->records = records_;
  shared->frames = node_.frames();
  shared->outbox_frames_max = chance_.chance(0.5) ? 1'000 : 6;
  shared->swallows = defects.swallows;
  shared->doubles = defects.doubles;
  shared->counts_requests = defects.counts_requests;
  surroundings around{shared, store_, &node_.gateway(), &chance_, {}, &last_connection_};
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

bool world::is_stalled(job candidate) const {
  const auto found = stalled_.find(candidate);
  return found != stalled_.end() && now_ms() < found->second;
}

bool world::run_a_job() {
  // The seed decides what runs next. A stalled actor keeps its place and is passed over.
  auto& jobs = node_.scheduler().jobs;
  if (jobs.empty()) return false;
  auto chosen = chance_.below(jobs.size());
  if (!stalled_.empty() && is_stalled(jobs[chosen])) {
    const auto awake = std::ranges::find_if(jobs, [this](job candidate) { return !is_stalled(candidate); });
    if (awake == jobs.end()) return false;
    chosen = static_cast<std::size_t>(awake - jobs.begin());
  }
  std::swap(jobs.front(), jobs[chosen]);
  node_.scheduler().run_once();
  return true;
}

void world::stall(const caf::actor& whom, const std::string& name, int ms_max) {
  const auto ms = chance_.between(1, ms_max);
  records_->note(happened::fault{name + " stalls for " + std::to_string(ms) + " ms"});
  stalled_[dynamic_cast<job>(caf::actor_cast<caf::abstract_actor*>(whom))] = now_ms() + ms;
}

void world::exhaust_budget() {
  const auto& budget = node_.where().budget;
  const auto free = std::size_t{64U * 1'048'576U} - budget.used();
  if (budget_taken_ != 0 || !node_.where().budget.take(free)) return;
  budget_taken_ = free;
  budget_until_ms_ = now_ms() + chance_.between(1, 4'000);
  records_->note(happened::fault{"too much waits for the writers"});
}

void world::make_trouble() {
  const auto& where = node_.where();
  if (budget_taken_ != 0 && now_ms() >= budget_until_ms_)
    where.budget.give_back(std::exchange(budget_taken_, 0));
  if (!chance_.chance(stalls_)) return;
  switch (chance_.below(4)) {
    case 0:
      return stall(caf::actor_cast<caf::actor>(chance_.pick(where.writers)), "a writer", 15'000);
    case 1:
      return stall(caf::actor_cast<caf::actor>(chance_.pick(where.readers)), "a reader", 12'000);
    case 2:
      return stall(caf::actor_cast<caf::actor>(where.relay), "the relay", 2'000);
    default:
      return exhaust_budget();
  }
}

void world::cease_trouble() {
  trouble_->on = false;
  stalled_.clear();
  node_.where().budget.give_back(std::exchange(budget_taken_, 0));
  records_->note(happened::fault{"no more faults from here on"});
}

void world::live_for(milliseconds time) {
  const auto end = now_ms() + time.count();
  while (now_ms() < end) {
    bool busy = true;
    for (int i = chance_.between(0, 60); i > 0 && busy; --i) busy = run_a_job();
    make_trouble();
    while (chance_.chance(0.4)) devices_[chance_.below(devices_.size())].act();
    if (!busy || chance_.chance(0.1)) node_.scheduler().advance_time(milliseconds{chance_.between(1, 60)});
  }
}

void world::be_quiet_for(milliseconds time) {
  records_->note(happened::fault{"nobody says anything for " + std::to_string(time.count()) + " ms"});
  for (const auto end = now_ms() + time.count(); now_ms() < end;
       node_.scheduler().advance_time(milliseconds{500}))
    while (run_a_job()) {
    }
}

void world::rest_for(milliseconds time) {
  const auto end = now_ms() + time.count();
  while (now_ms() < end) {
    while (run_a_job()) {
    }
    for (auto& each : devices_) each.come_to_rest();
    // Time goes on also while somebody is told over and over to come back later.
    node_.scheduler().advance_time(milliseconds{50});
  }
}

history world::run() {
  // Taking 1024 shards for the first time: its order is of no interest.
  while (node_.scheduler().try_run_once()) {
  }
  live_for(milliseconds{chance_.between(4'000, 16'000)});
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
  // Two rounds of the longest wait (10 s for a read, 10 s for a write) and some seconds of repeating.
  rest_for(milliseconds{30'000});
  records_->past().settled = true;
  return std::move(records_->past());
}

world::~world() {
  for (auto& each : devices_) each.disconnect();
}

}  // namespace

history simulate(std::uint64_t seed, const planted& defects) { return world(seed, defects).run(); }

}  // namespace parley::simulation
