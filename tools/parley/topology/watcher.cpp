#include "tools/parley/topology/watcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <thread>

#include "tools/parley/topology/moment.hpp"

namespace parley::topology {

using client::outcome;
using client::problem;
using client::trouble;
using namespace std::chrono_literals;

namespace {

constexpr auto changes_every = 500ms;
constexpr auto look_every = 1s;
constexpr auto look_timeout = 5s;
/// Somebody who is interrupted ends within this.
constexpr auto nap = 50ms;
constexpr auto counted_for = 120s;
constexpr auto raise_every = 60s;

}  // namespace

snapshot_query watcher::query(bool with_actors) const {
  snapshot_query out;
  out.names = settings_.names;
  out.actors = with_actors;
  out.edges = settings_.edges;
  if (!with_actors) out.timeout = look_timeout;
  return out;
}

outcome<void> watcher::begin() {
  if (settings_.count_edges) {
    if (auto done = cluster_.count_edges(counted_for); done.has_error()) return done;
    next_raise_ = clock::now() + raise_every;
  }
  const auto first = cluster_.take(query(true));
  if (first.has_error()) return first.error();
  for (const auto& kind : settings_.wanted.kinds)
    if (std::ranges::find(first->kinds, kind, &kind_count::kind) == first->kinds.end()) {
      std::set<std::string> kinds;
      for (const auto& each : first->kinds) kinds.insert(each.kind);
      return problem{trouble::usage, fmt::format("there are no actors of the kind '{}'; the kinds are {}", kind,
                                                 fmt::join(kinds, ", "))};
    }
  next_look_ = clock::now();
  next_snapshot_ = clock::now() + settings_.snapshot_every;
  return to_.take(lines_.take_snapshot(*first));
}

outcome<void> watcher::run() {
  const auto ends_at = clock::now() + settings_.ends_after;
  if (auto done = begin(); done.has_error()) return done;
  for (;;) {
    const auto now = clock::now();
    if (to_.wants_end()) return {};
    if (auto done = turn(now); done.has_error()) return done;
    if (settings_.ends_after > 0ms && clock::now() >= ends_at) return {};
    auto until = now + changes_every;
    if (settings_.ends_after > 0ms) until = std::min(until, ends_at);
    while (clock::now() < until && !to_.wants_end())
      std::this_thread::sleep_for(std::min<clock::duration>(nap, until - clock::now()));
  }
}

outcome<void> watcher::turn(clock::time_point now) {
  if (auto done = ask_changes(); done.has_error()) return done;
  if (now >= next_look_) {
    // Not behind by many looks after a long pause: what is late is left out.
    next_look_ = std::max(next_look_ + look_every, now);
    if (auto done = ask_look(now); done.has_error()) return done;
  }
  const bool is_time = settings_.snapshot_every > 0ms && now >= next_snapshot_;
  if (is_time || lines_.needs_snapshot() || to_.wants_snapshot())
    if (auto done = ask_snapshot(now); done.has_error()) return done;
  if (settings_.count_edges && now >= next_raise_) {
    next_raise_ = now + raise_every;
    // A node that does not hear it is asked again in a minute, and what it counts ends later than that.
    static_cast<void>(cluster_.count_edges(counted_for));
  }
  return {};
}

outcome<void> watcher::ask_changes() {
  std::vector<node_changes> good;
  watch_lines::lines out;
  const auto at = moment_text(moment_now());
  const auto add = [&out](watch_lines::lines more) {
    for (auto& each : more) out.push_back(std::move(each));
  };
  for (auto& [name, answer] : cluster_.changes(lines_.cursors(), settings_.names)) {
    if (answer.has_error()) {
      add(lines_.node_is_silent(name, at, answer.error().message));
      continue;
    }
    add(lines_.node_answers(name, at));
    good.push_back(std::move(*answer));
  }
  add(lines_.take_changes(good));
  return out.empty() ? outcome<void>{} : to_.take(std::move(out));
}

outcome<void> watcher::ask_look(clock::time_point now) {
  const auto look = cluster_.take(query(false));
  if (look.has_error()) return nobody_answers(look.error(), now);
  if (auto done = somebody_answers(); done.has_error()) return done;
  auto news = lines_.take_look(*look);
  return news.empty() ? outcome<void>{} : to_.take(std::move(news));
}

outcome<void> watcher::ask_snapshot(clock::time_point now) {
  const auto whole = cluster_.take(query(true));
  if (whole.has_error()) return nobody_answers(whole.error(), now);
  next_snapshot_ = now + settings_.snapshot_every;
  if (auto done = somebody_answers(); done.has_error()) return done;
  return to_.take(lines_.take_snapshot(*whole));
}

outcome<void> watcher::nobody_answers(const problem& why, clock::time_point now) {
  const auto at = moment_text(moment_now());
  if (!silent_since_) {
    silent_since_ = now;
    watch_lines::lines out{lines_.line("cluster_unreachable", at)};
    out.back()["why"] = why.message;
    return to_.take(std::move(out));
  }
  if (now - *silent_since_ < settings_.gives_up_after) return {};
  watch_lines::lines out{lines_.line("ended", at)};
  out.back()["why"] = fmt::format("no node answered for {} s", settings_.gives_up_after.count() / 1'000);
  if (auto done = to_.take(std::move(out)); done.has_error()) return done;
  return why;
}

outcome<void> watcher::somebody_answers() {
  if (!silent_since_) return {};
  silent_since_.reset();
  return to_.take({lines_.line("cluster_reached", moment_text(moment_now()))});
}

}  // namespace parley::topology
