#include "tests/simulation/simulated_cluster.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <string_view>
#include <utility>

#include "actors/contract/values/log_event.hpp"

namespace parley::simulation {

namespace {

using std::chrono::milliseconds;

/// How long calls to the database wait before they are given up.
constexpr milliseconds patience{7'000};
/// After that the server ends connections of which it hears nothing.
constexpr milliseconds server_notices_after{5'000};
constexpr std::int64_t drain_ms_max = 30'000;

/// Whether an actor waits for the database where it stands.
bool waits_for_database(const caf::resumable* candidate) {
  const auto* actor = dynamic_cast<const caf::local_actor*>(candidate);
  if (actor == nullptr) return false;
  const std::string_view name = actor->name();
  return name == "log_writer" || name == "log_reader" || name == "placement";
}

/// Where the log's lines go while a job of some node runs.
struct {
  const std::string* node = nullptr;
  const std::function<void(std::string)>* note = nullptr;
} speaking;

void write_down(const log_event& event) {
  if (speaking.node == nullptr || event.level == severity::debug) return;
  auto line = *speaking.node + " logs " + std::string(event.name) + ": " + event.text;
  for (const auto& field : event.fields) line += " " + std::string(field.name) + "=" + field.value;
  (*speaking.note)(std::move(line));
}

}  // namespace

simulated_cluster::simulated_cluster(dice chance, surroundings around, std::size_t nodes)
    : chance_(chance),
      around_(std::move(around)),
      network_(dice(chance_.next()), [now = around_.now_ms] { return *now; }),
      nodes_(nodes) {
  if (around_.notes_logs) log_lines_go_to.store(write_down);
  for (std::size_t i = 0; i < nodes; ++i) nodes_[i].name = "node-" + std::to_string(i + 1);
}

simulated_cluster::~simulated_cluster() {
  for (auto& each : nodes_)
    if (each.life) end(each);
  if (around_.notes_logs) log_lines_go_to.store(nullptr);
}

// Time.

void simulated_cluster::later(milliseconds in, std::function<void()> what) {
  later_.emplace(now_ms() + in.count(), std::move(what));
}

void simulated_cluster::advance(milliseconds by) {
  *around_.now_ms += by.count();
  while (!later_.empty() && later_.begin()->first <= now_ms()) {
    const auto due = std::move(later_.begin()->second);
    later_.erase(later_.begin());
    due();
  }
  for (auto& each : nodes_) {
    if (runs(each)) each.life->scheduler().advance_time(milliseconds{now_ms() - each.life->now_ms()});
    if (each.life) look_after(each);
    if (each.life) each.way->pass();
  }
  network_.deliver();
}

bool simulated_cluster::is_stalled(const node& which, job candidate) const {
  if (now_ms() < which.database_stalled_until && waits_for_database(candidate)) return true;
  const auto found = which.stalled.find(candidate);
  return found != which.stalled.end() && now_ms() < found->second;
}

std::optional<std::size_t> simulated_cluster::job_of(const node& which) {
  auto& jobs = which.life->scheduler().jobs;
  const auto chosen = chance_.below(jobs.size());
  if (!is_stalled(which, jobs[chosen])) return chosen;
  // What is stalled keeps its place and is passed over.
  const auto awake = std::ranges::find_if(jobs, [&](job each) { return !is_stalled(which, each); });
  if (awake == jobs.end()) return std::nullopt;
  return static_cast<std::size_t>(awake - jobs.begin());
}

bool simulated_cluster::run_a_job() {
  network_.deliver();
  std::vector<node*> busy;
  for (auto& each : nodes_)
    if (runs(each) && each.life->scheduler().has_job()) busy.push_back(&each);
  while (!busy.empty()) {
    const auto place = chance_.below(busy.size());
    auto& chosen = *busy[place];
    if (const auto next = job_of(chosen)) {
      auto& scheduler = chosen.life->scheduler();
      std::swap(scheduler.jobs.front(), scheduler.jobs[*next]);
      speaking = {&chosen.name, &around_.note};
      scheduler.run_once();
      speaking = {};
      return true;
    }
    busy.erase(busy.begin() + static_cast<std::ptrdiff_t>(place));
  }
  return false;
}

void simulated_cluster::run_everything() {
  for (auto& each : nodes_)
    if (runs(each))
      while (each.life->scheduler().try_run_once()) {
      }
}

// Lives.

std::size_t simulated_cluster::count(condition which) const {
  return static_cast<std::size_t>(std::ranges::count(nodes_, which, &node::now));
}

void simulated_cluster::start(std::size_t place) {
  auto& which = nodes_[place];
  if (which.life) return;
  which.self = {};
  which.self.name = which.name;
  which.self.incarnation = {++last_incarnation_};
  if (nodes_.size() > 1) which.self.address = which.name + ":7400";
  note(which.name + " starts, as life " + to_text(which.self.incarnation));
  which.way = std::make_shared<database_way>(around_.now_ms);
  which.way->break_until(database_is_down_until_);
  which.way->pass();
  auto parts = around_.make(which.self);
  parts.self = which.self;
  for (auto& log : parts.writers) {
    which.connections.push_back(log);
    log = std::make_shared<log_over_a_way>(log, which.way);
  }
  for (auto& queries : parts.readers) queries = queries_over_a_way(queries, *which.way);
  which.connections.push_back(parts.registry);
  parts.registry = std::make_shared<registry_over_a_way>(parts.registry, which.way);
  if (nodes_.size() > 1)
    parts.network = [this, self = peer_address{which.self.incarnation, which.name, which.self.address}](
                        std::shared_ptr<wire_events> told) { return network_.attach(self, std::move(told)); };
  which.life = std::make_unique<simulated_node>(around_.frames, now_ms());
  which.life->start(std::move(parts));
  which.life->actors().listens_at("http://" + which.name);
  which.now = condition::up;
}

void simulated_cluster::end_backends_of(incarnation_id life) {
  const auto its = " " + to_text(life) + " ";
  around_.store->backends().end_all_named(
      [&its](std::string_view name) { return name.find(its) != std::string_view::npos; });
}

void simulated_cluster::end(node& which) {
  which.way->end();
  which.way->pass();
  around_.ended(which.name);
  // Whatever its actors still do while they end reaches nobody.
  network_.detach(which.self.incarnation, end_of_life::process);
  which.life.reset();
  which.now = condition::down;
  which.stalled.clear();
  which.database_stalled_until = 0;
  which.sends_away = false;
}

void simulated_cluster::kill(std::size_t place, end_of_life how) {
  auto& which = nodes_[place];
  if (!which.life) return;
  note(which.name + (how == end_of_life::process ? " is killed" : " loses its power"));
  const auto incarnation = which.self.incarnation;
  network_.detach(incarnation, how);
  end(which);
  // Its backends see the end of a process at once, of a machine when they have heard nothing for long.
  const auto noticed =
      how == end_of_life::process ? milliseconds{chance_.between(2, 6)} : server_notices_after;
  later(noticed, [this, incarnation, connections = std::exchange(which.connections, {})] {
    end_backends_of(incarnation);
  });
}

void simulated_cluster::freeze(std::size_t place, milliseconds time) {
  auto& which = nodes_[place];
  if (which.now != condition::up) return;
  note(which.name + " freezes for " + std::to_string(time.count()) + " ms");
  which.now = condition::frozen;
  network_.freeze(which.self.incarnation);
  later(time, [this, place, life = which.self.incarnation] {
    if (nodes_[place].self.incarnation == life) wake(place);
  });
}

void simulated_cluster::wake(std::size_t place) {
  auto& which = nodes_[place];
  if (which.now != condition::frozen) return;
  note(which.name + " wakes");
  which.now = condition::up;
  network_.wake(which.self.incarnation);
}

void simulated_cluster::drain(std::size_t place) {
  auto& which = nodes_[place];
  if (which.now != condition::up) return;
  note(which.name + " is asked to stop");
  which.now = condition::draining;
  which.drains_since = now_ms();
  which.life->gateway().close();
  which.life->actors().give_shards_away();
}

void simulated_cluster::look_after(node& which) {
  if (which.now == condition::frozen) return;
  if (const auto why = which.life->actors().status()->fatal()) {
    note(which.name + " gives up: " + *why);
    return kill(static_cast<std::size_t>(&which - nodes_.data()), end_of_life::process);
  }
  if (which.now == condition::draining) go_on_draining(which);
}

void simulated_cluster::go_on_draining(node& which) {
  using steady = std::chrono::steady_clock;
  const bool is_late = now_ms() - which.drains_since > drain_ms_max;
  if (!which.sends_away) {
    const bool drained = which.life->actors().status()->wait_until_drained(steady::time_point{});
    if (!drained && !is_late) return;
    which.life->actors().drain(milliseconds{1'000});
    which.sends_away = true;
  } else if (around_.clients(which.name) == 0 || is_late) {
    end_in_good_order(which);
  }
}

void simulated_cluster::end_in_good_order(node& which) {
  note(which.name + " stops");
  around_.ended(which.name);
  which.life.reset();
  network_.detach(which.self.incarnation, end_of_life::process);
  which.connections.clear();
  which.stalled.clear();
  which.now = condition::down;
  which.sends_away = false;
}

void simulated_cluster::cut(std::size_t from, std::size_t to, milliseconds time) {
  const auto& a = nodes_[from].name;
  const auto& b = nodes_[to].name;
  note("nothing gets from " + a + " to " + b + " for " + std::to_string(time.count()) + " ms");
  network_.cut(a, b);
  later(time, [this, a, b] { network_.mend(a, b); });
}

void simulated_cluster::stall(std::size_t place, const caf::actor& whom, milliseconds time) {
  nodes_[place].stalled[dynamic_cast<job>(caf::actor_cast<caf::abstract_actor*>(whom))] =
      now_ms() + time.count();
}

void simulated_cluster::end_stalls() {
  for (auto& each : nodes_) each.stalled.clear();
}

// The database.

void simulated_cluster::stall_database(const std::vector<std::size_t>& places, milliseconds time) {
  for (const auto place : places) {
    auto& which = nodes_[place];
    if (!which.life) continue;
    note("the database does not answer " + which.name + " for " + std::to_string(time.count()) + " ms");
    which.database_stalled_until = now_ms() + std::min(time, patience).count();
    if (time <= patience) continue;
    which.way->break_until(now_ms() + time.count());
    which.way->pass();
  }
}

void simulated_cluster::restart_database(milliseconds time) {
  note("the database restarts within " + std::to_string(time.count()) + " ms");
  around_.store->backends().end_all_named([](std::string_view) { return true; });
  database_is_down_until_ = now_ms() + time.count();
  for (auto& each : nodes_) {
    if (!each.life) continue;
    each.way->break_until(database_is_down_until_);
    each.way->pass();
  }
}

void simulated_cluster::cut_from_database(std::size_t place, milliseconds time) {
  auto& which = nodes_[place];
  if (!which.life) return;
  note(which.name + " is cut off from the database for " + std::to_string(time.count()) + " ms");
  which.way->break_until(now_ms() + time.count());
  which.way->pass();
  which.database_stalled_until = now_ms() + std::min(time, patience).count();
  if (time > server_notices_after)
    later(server_notices_after, [this, life = which.self.incarnation] { end_backends_of(life); });
}

void simulated_cluster::mend_database() {
  for (auto& each : nodes_) {
    each.database_stalled_until = 0;
    if (!each.way) continue;
    each.way->mend();
    each.way->pass();
  }
  database_is_down_until_ = 0;
}

}  // namespace parley::simulation
