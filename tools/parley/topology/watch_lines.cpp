#include "tools/parley/topology/watch_lines.hpp"

#include <algorithm>

#include "tools/parley/topology/moment.hpp"

namespace parley::topology {

namespace {

std::string role_of_actor(std::string_view kind, std::string_view entity) {
  return std::string{kind} + '\x1f' + std::string{entity};
}

std::int64_t moment_or_0(const std::string& text) { return moment_of(text).value_or(0); }

constexpr unsigned said_at_silence = 2;

json::value null_if_empty(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

}  // namespace

json::object watch_lines::line(std::string_view what, std::string_view at) {
  return {{"n", ++n_},
          {"at", json::string_view{at.data(), at.size()}},
          {"what", json::string_view{what.data(), what.size()}}};
}

watch_lines::lines watch_lines::take_snapshot(const snapshot& whole) {
  lines out;
  learn_nodes(whole, out, n_ == 0);
  needs_snapshot_ = false;
  roles_.clear();
  last_of_role_.clear();
  for (const auto& each : whole.actors) {
    roles_[each.id] = role_of_actor(each.kind, each.entity);
    if (!each.entity.empty()) last_of_role_[role_of_actor(each.kind, each.entity)] = {each.id, 0};
  }
  partly_known_.clear();
  for (const auto& each : whole.nodes) {
    if (each.missing) continue;
    cursors_[each.name] = std::max(cursors_[each.name], each.events);
    if (each.actors_shown < each.actors) partly_known_.insert(each.name);
  }
  // Also those that are not wanted: what was there already never appears.
  for (const auto& each : whole.edges) edges_seen_.insert(each.from + '\x1f' + each.to + '\x1f' + each.type);
  for (const auto& each : whole.flows) edges_seen_.insert(each.from + '\x1f' + each.to + '\x1f' + each.type);
  auto chosen = whole;
  select(chosen, wanted_);
  auto made = line("snapshot", whole.taken_at);
  made["snapshot"] = to_json(chosen);
  out.push_back(std::move(made));
  return out;
}

void watch_lines::forget_actors_of(const std::string& node, const std::string& at) {
  const auto begin = node + '/';
  const auto when = moment_or_0(at);
  for (auto each = roles_.begin(); each != roles_.end();) {
    if (!each->first.starts_with(begin)) {
      ++each;
      continue;
    }
    // Nobody tells of the end of a dead node's actors; who comes instead of them has moved.
    if (const auto found = last_of_role_.find(each->second);
        found != last_of_role_.end() && found->second.id == each->first)
      found->second.stopped_at = when;
    each = roles_.erase(each);
  }
}

void watch_lines::learn_nodes(const snapshot& from, lines& into, bool is_first) {
  std::map<std::string, std::string> now;
  for (const auto& each : from.nodes)
    if (!each.missing) now[each.name] = each.incarnation;
  const auto says = [this, &into, is_first, &from](const char* what, const std::string& name,
                                                   const std::string& life) -> json::object* {
    if (is_first || (!wanted_.node.empty() && wanted_.node != name)) return nullptr;
    auto made = line(what, from.taken_at);
    made["node"] = name;
    made["incarnation"] = life;
    into.push_back(std::move(made));
    return &into.back();
  };
  for (const auto& [name, life] : lives_) {
    const auto found = now.find(name);
    if (found != now.end() && found->second == life) continue;
    if (auto* gone = says("node_gone", name, life)) {
      const auto part = std::ranges::find(from.nodes, name, &node_part::name);
      (*gone)["why"] = found != now.end()         ? json::value("it started again")
                       : part != from.nodes.end() ? json::value(part->missing.value_or(""))
                                                  : json::value("it is no longer of the cluster");
    }
    forget_actors_of(name, from.taken_at);
    gone_[name] = life;
    cursors_.erase(name);
    silent_.erase(name);
  }
  for (const auto& [name, life] : now) {
    const auto found = lives_.find(name);
    if (found != lives_.end() && found->second == life) continue;
    says("node_came", name, life);
    // From its first actor on: whoever sees a node come misses none of them.
    cursors_[name] = 0;
    const auto before = gone_.find(name);
    if (before == gone_.end() || before->second != life) continue;
    // It was only silent: its actors are those that a snapshot shows, and not what its whole life was.
    cursors_[name] = std::ranges::find(from.nodes, name, &node_part::name)->events;
    needs_snapshot_ = true;
  }
  lives_ = std::move(now);
}

json::object watch_lines::actor_line(const change& what, const std::string& node) {
  auto made = line(what.is_start ? "actor_started" : "actor_stopped", what.at);
  made["node"] = node;
  made["actor"] = json::object{{"id", what.id},
                               {"kind", what.kind},
                               {"entity", null_if_empty(what.entity)},
                               {"shard", what.shard ? json::value(*what.shard) : nullptr},
                               {"parent", null_if_empty(what.parent)}};
  if (!what.is_start) made["reason"] = null_if_empty(what.reason);
  return made;
}

void watch_lines::actor_started(const change& what, const std::string& node, lines& into) {
  const auto role = role_of_actor(what.kind, what.entity);
  if (!roles_.try_emplace(what.id, role).second) return;  // the snapshot had it already
  const bool is_wanted = wanted_.wants(what.kind, node, what.entity);
  if (is_wanted) into.push_back(actor_line(what, node));
  if (what.entity.empty()) return;
  auto& last = last_of_role_[role];
  const auto from = last.id;
  const auto stopped_at = last.stopped_at;
  last = {what.id, 0};
  if (from.empty() || node_of(from) == node) return;
  if (stopped_at != 0 && moment_or_0(what.at) - stopped_at > moved_within_ms) return;
  const bool is_either = is_wanted || wanted_.wants(what.kind, node_of(from), what.entity);
  if (!is_either) return;
  auto made = line("actor_moved", what.at);
  made["kind"] = what.kind;
  made["entity"] = what.entity;
  made["shard"] = what.shard ? json::value(*what.shard) : nullptr;
  made["from"] = from;
  made["to"] = what.id;
  into.push_back(std::move(made));
}

void watch_lines::actor_stopped(const change& what, const std::string& node, lines& into) {
  const auto found = roles_.find(what.id);
  // It ended before the snapshot was taken and is told of late, unless that did not show all there were.
  if (found == roles_.end() && !partly_known_.contains(node)) return;
  const auto role = role_of_actor(what.kind, what.entity);
  if (const auto last = last_of_role_.find(role); last != last_of_role_.end() && last->second.id == what.id)
    last->second.stopped_at = moment_or_0(what.at);
  if (found != roles_.end()) roles_.erase(found);
  if (wanted_.wants(what.kind, node, what.entity)) into.push_back(actor_line(what, node));
}

watch_lines::lines watch_lines::take_changes(const std::vector<node_changes>& answers) {
  lines out;
  std::vector<std::pair<const change*, const node_changes*>> all;
  std::int64_t latest = 0;
  for (const auto& each : answers) {
    const auto life = lives_.find(each.node);
    // Of a life that is not known yet, or no more: the next look tells of it.
    if (life == lives_.end() || life->second != each.incarnation) continue;
    auto& cursor = cursors_[each.node];
    if (each.lost != 0) {
      auto made =
          line("changes_lost", each.changes.empty() ? moment_text(moment_now()) : each.changes.front().at);
      made["node"] = each.node;
      made["count"] = each.lost;
      out.push_back(std::move(made));
      needs_snapshot_ = true;
    }
    std::vector<const change*> news;
    for (const auto& one : each.changes) {
      if (one.n <= cursor) continue;
      news.push_back(&one);
      cursor = one.n;
      latest = std::max(latest, moment_or_0(one.at));
    }
    if (each.lost != 0) cursor = std::max(cursor, each.last);
    // By moment over the nodes; each node's own stay in the order of its numbers, even if its clock was set.
    const auto half = static_cast<std::ptrdiff_t>(all.size());
    for (const auto* one : news) all.emplace_back(one, &each);
    std::inplace_merge(all.begin(), all.begin() + half, all.end(),
                       [](const auto& a, const auto& b) { return a.first->at < b.first->at; });
  }
  for (const auto& [what, whose] : all)
    what->is_start ? actor_started(*what, whose->node, out) : actor_stopped(*what, whose->node, out);
  std::erase_if(last_of_role_, [latest](const auto& each) {
    return each.second.stopped_at != 0 && latest - each.second.stopped_at > moved_within_ms;
  });
  return out;
}

watch_lines::lines watch_lines::node_answers(const std::string& node, const std::string& at) {
  lines out;
  const auto found = silent_.find(node);
  if (found == silent_.end()) return out;
  const bool was_said = found->second >= said_at_silence;
  silent_.erase(found);
  if (!was_said) return out;
  out.push_back(line("node_reached", at));
  out.back()["node"] = node;
  return out;
}

watch_lines::lines watch_lines::node_is_silent(const std::string& node, const std::string& at,
                                               const std::string& why) {
  lines out;
  if (++silent_[node] != said_at_silence) return out;
  out.push_back(line("node_unreachable", at));
  out.back()["node"] = node;
  out.back()["why"] = why;
  return out;
}

}  // namespace parley::topology
