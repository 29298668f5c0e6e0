#include "tools/parley/topology/difference.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace parley::topology {

namespace {

/// A separator that no name has, since controls are in none.
constexpr char between = '\x1f';

std::string key_of(const edge& what) { return what.from + between + what.to + between + what.type; }
std::string key_of(const flow& what) {
  return what.from + between + what.to + between + what.type + between + what.node;
}
std::string role_of(const actor& what) { return what.kind + between + what.entity; }

std::string shown(const edge& what) { return what.from + " -> " + what.to + " " + what.type; }
std::string shown(const flow& what) {
  return what.from + " -> " + what.to + (what.type.empty() ? "" : " " + what.type) +
         (what.node.empty() ? "" : " at " + what.node);
}

void compare(std::vector<changed_count>& into, const std::string& who, const char* what, std::uint64_t before,
             std::uint64_t after) {
  if (before != after) into.push_back({who, what, before, after});
}

template <class Link>
void compare_links(const std::vector<Link>& before, const std::vector<Link>& after, std::vector<Link>& came,
                   std::vector<Link>& gone, std::vector<changed_count>& counts) {
  std::unordered_map<std::string, const Link*> left;
  for (const auto& each : before) left.emplace(key_of(each), &each);
  for (const auto& each : after) {
    const auto found = left.find(key_of(each));
    if (found == left.end()) {
      came.push_back(each);
      continue;
    }
    compare(counts, shown(each), "count", found->second->count, each.count);
    left.erase(found);
  }
  for (const auto& each : before)
    if (const auto found = left.find(key_of(each)); found != left.end() && found->second == &each)
      gone.push_back(each);
}

void compare_nodes(const snapshot& before, const snapshot& after, difference& into) {
  const auto lives_of = [](const snapshot& in) {
    std::map<std::string, std::string> lives;
    for (const auto& each : in.nodes)
      if (!each.missing) lives[each.name] = each.incarnation;
    return lives;
  };
  const auto then = lives_of(before);
  const auto now = lives_of(after);
  for (const auto& [name, life] : now)
    if (const auto found = then.find(name); found == then.end() || found->second != life)
      into.nodes_came.push_back(name);
  for (const auto& [name, life] : then)
    if (const auto found = now.find(name); found == now.end() || found->second != life)
      into.nodes_gone.push_back(name);
}

void compare_actors(const snapshot& before, const snapshot& after, difference& into) {
  std::map<std::string, std::string> now;
  std::map<std::string, std::string> then;
  for (const auto& each : after.nodes) now[each.name] = each.incarnation;
  for (const auto& each : before.nodes) then[each.name] = each.incarnation;
  // A node numbers its actors anew in each life, so an id means the same in the same life only.
  const auto is_same_life = [&](const std::string& node) {
    const auto a = then.find(node);
    const auto b = now.find(node);
    return a == then.end() || b == now.end() || a->second == b->second;
  };
  std::unordered_map<std::string_view, const actor*> left;
  for (const auto& each : before.actors) left.emplace(each.id, &each);
  std::unordered_multimap<std::string, const actor*> came;
  std::vector<const actor*> fresh;
  std::unordered_set<std::string_view> stayed;
  for (const auto& each : after.actors) {
    const auto found = left.find(each.id);
    if (found == left.end() || !is_same_life(each.node)) {
      fresh.push_back(&each);
      if (!each.entity.empty()) came.emplace(role_of(each), &each);
      continue;
    }
    stayed.insert(each.id);
    const auto& old = *found->second;
    compare(into.counts, each.id, "mailbox", old.mailbox, each.mailbox);
    compare(into.counts, each.id, "mailbox_highest", old.mailbox_highest, each.mailbox_highest);
    compare(into.counts, each.id, "enqueued", old.enqueued, each.enqueued);
    compare(into.counts, each.id, "handled", old.handled, each.handled);
  }
  std::unordered_set<const actor*> replaced;
  for (const auto& each : before.actors) {
    if (stayed.contains(each.id)) continue;
    const auto found = each.entity.empty() ? came.end() : came.find(role_of(each));
    if (found == came.end()) {
      into.actors_gone.push_back(each);
      continue;
    }
    const auto& successor = *found->second;
    auto& where = successor.node == each.node ? into.actors_restarted : into.actors_moved;
    where.push_back({each.kind, each.entity, each.id, successor.id});
    replaced.insert(&successor);
    came.erase(found);
  }
  for (const auto* each : fresh)
    if (!replaced.contains(each)) into.actors_came.push_back(*each);
}

void compare_kinds(const snapshot& before, const snapshot& after, difference& into) {
  std::map<std::pair<std::string, std::string>, const kind_count*> then;
  for (const auto& each : before.kinds) then[{each.node, each.kind}] = &each;
  static const kind_count none;
  for (const auto& each : after.kinds) {
    const auto found = then.find({each.node, each.kind});
    const auto& old = found == then.end() ? none : *found->second;
    const auto who = each.node + " " + each.kind;
    compare(into.counts, who, "alive", old.alive, each.alive);
    compare(into.counts, who, "started", old.started, each.started);
    compare(into.counts, who, "stopped", old.stopped, each.stopped);
    compare(into.counts, who, "handled", old.handled, each.handled);
    compare(into.counts, who, "discarded", old.discarded, each.discarded);
  }
}

}  // namespace

difference difference_between(const snapshot& before, const snapshot& after) {
  difference out;
  out.before_at = before.taken_at;
  out.after_at = after.taken_at;
  compare_nodes(before, after, out);
  compare_actors(before, after, out);
  compare_links(before.edges, after.edges, out.edges_came, out.edges_gone, out.counts);
  compare_links(before.flows, after.flows, out.flows_came, out.flows_gone, out.counts);
  compare_kinds(before, after, out);
  std::ranges::stable_sort(out.counts, std::greater{}, &changed_count::by);
  return out;
}

}  // namespace parley::topology
