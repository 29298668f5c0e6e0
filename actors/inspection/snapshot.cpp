#include "actors/inspection/snapshot.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "actors/inspection/live_actors.hpp"
#include "actors/inspection/message_graph.hpp"
#include "actors/inspection/metered.hpp"

namespace parley {

namespace {

/// An actor as the registry had it, before names are put to it.
struct raw_actor {
  actor_seen seen;
  entity_name entity;
  std::int64_t person = 0;
  std::string name;
  std::vector<std::pair<message_type, std::uint64_t>> types;
  std::vector<std::pair<message_type, std::uint64_t>> refused;
};

raw_actor copy_of(const live_actor& actor, bool with_name) {
  raw_actor copy;
  if (with_name) copy.name = actor.name.get();
  auto& seen = copy.seen;
  seen.number = actor.number;
  seen.kind = actor.kind;
  if (actor.shard >= 0) seen.shard = actor.shard;
  seen.parent = actor.parent;
  seen.started_at = actor.started_at;
  // In this order, so that no message is seen as handled that is not seen as sent.
  seen.handled = actor.handled.load(std::memory_order_relaxed);
  seen.enqueued = std::max(actor.enqueued.load(std::memory_order_relaxed), seen.handled);
  seen.mailbox = seen.enqueued - seen.handled;
  copy.entity = actor.entity;
  copy.person = actor.person.load(std::memory_order_relaxed);
  if (const auto* counts = actor.counts.load(std::memory_order_acquire)) {
    seen.mailbox_highest = counts->mailbox_highest.load(std::memory_order_relaxed);
    seen.waited = counts->waited.seen();
    seen.handling = counts->handling.seen();
    counts->types.for_all(
        [&](message_type type, std::uint64_t count) { copy.types.emplace_back(type, count); });
    if (const auto* refused = counts->refused.load(std::memory_order_acquire))
      refused->for_all(
          [&](message_type type, std::uint64_t count) { copy.refused.emplace_back(type, count); });
  }
  seen.mailbox_highest = std::max(seen.mailbox_highest, seen.mailbox);
  return copy;
}

/// Names of types, each looked up once.
class type_names {
public:
  const std::string& of(message_type type) {
    auto& name = names_[type];
    if (name.empty()) name = message_type_name(type);
    return name;
  }

private:
  std::unordered_map<message_type, std::string> names_;
};

double weight_of(const actor_seen& actor, actor_order by) {
  switch (by) {
    case actor_order::messages:
      return static_cast<double>(actor.handled);
    case actor_order::mailbox:
      return static_cast<double>(actor.mailbox);
    case actor_order::time:
      return actor.handling.sum_us;
  }
  return 0;
}

std::vector<kind_seen> kinds_now(const topology_question& what) {
  std::vector<kind_seen> all;
  for_all_kinds([&](std::string_view kind, const kind_meter& meter) {
    if (!what.kinds.empty() && std::ranges::find(what.kinds, kind) == what.kinds.end()) return;
    // What stopped first, so that there are never fewer than none.
    const auto stopped = meter.stopped.value();
    const auto discarded = meter.discarded.value();
    const auto handled = meter.handled.value();
    all.push_back(
        {std::string(kind), meter.spawned.value(), stopped, meter.enqueued.value(), handled, discarded});
  });
  std::ranges::sort(all, {}, &kind_seen::kind);
  return all;
}

/// Costs a hash each, so only who is shown or looked for is named.
void put_names(raw_actor& actor, const entity_text& text_of) {
  actor.seen.entity = text_of(actor.entity);
  if (actor.person != 0) actor.seen.person = text_of({entity_kind::person, actor.person});
}

void put_types(const std::vector<std::pair<message_type, std::uint64_t>>& from, type_names& names,
               std::vector<std::pair<std::string, std::uint64_t>>& to) {
  to.reserve(from.size());
  for (const auto& [type, count] : from) to.emplace_back(names.of(type), count);
  std::ranges::sort(to);
}

/// What people are called, as their sessions on this node know it.
std::unordered_map<std::int64_t, std::string> names_of_people(const std::vector<raw_actor>& all) {
  std::unordered_map<std::int64_t, std::string> called;
  for (const auto& each : all)
    if (each.person != 0 && !each.name.empty()) called.emplace(each.person, each.name);
  return called;
}

std::string name_in(const raw_actor& actor, const std::unordered_map<std::int64_t, std::string>& called) {
  if (!actor.name.empty() || actor.entity.kind != entity_kind::person) return actor.name;
  const auto found = called.find(actor.entity.id);
  return found == called.end() ? std::string{} : found->second;
}

/// The actors that were asked for.
std::vector<raw_actor*> chosen_of(std::vector<raw_actor>& all, const topology_question& what,
                                  const entity_text& text_of) {
  std::vector<raw_actor*> chosen;
  for (auto& each : all) {
    if (!what.kinds.empty() && std::ranges::find(what.kinds, each.seen.kind) == what.kinds.end()) continue;
    if (!what.entity.empty()) {
      put_names(each, text_of);
      if (each.seen.entity != what.entity && each.seen.person != what.entity) continue;
    }
    chosen.push_back(&each);
  }
  return chosen;
}

void keep_heaviest(std::vector<raw_actor*>& chosen, const topology_question& what) {
  const auto most = std::min(what.top.value_or(actors_shown_max), actors_shown_max);
  if (!what.top && chosen.size() <= most) return;
  const auto count = static_cast<std::ptrdiff_t>(std::min(most, chosen.size()));
  std::ranges::partial_sort(chosen, chosen.begin() + count, [&](const auto* one, const auto* other) {
    const auto left = weight_of(one->seen, what.by);
    const auto right = weight_of(other->seen, what.by);
    return left != right ? left > right : one->seen.number < other->seen.number;
  });
  chosen.resize(static_cast<std::size_t>(count));
}

/// The edges that have a chosen actor at one end at least, and nobody who is gone at either.
void add_edges(const message_graphs& graphs, const std::vector<raw_actor>& all,
               const std::vector<raw_actor*>& chosen,
               const std::unordered_map<std::uint64_t, std::string>& peers, const topology_question& what,
               type_names& names, topology_part& into) {
  std::unordered_set<std::uint64_t> alive;
  std::unordered_set<std::uint64_t> wanted;
  for (const auto& each : all) alive.insert(each.seen.number);
  for (const auto* each : chosen) wanted.insert(each->seen.number);
  for (const auto& each : graphs.edges) {
    if (into.edges.size() >= what.edges) break;
    const auto& [from, to, type] = each.key;
    if (!alive.contains(to) || (from != 0 && !alive.contains(from))) continue;
    if (!wanted.contains(to) && !wanted.contains(from)) continue;
    edge_seen edge{from, {}, to, names.of(type), each.count, each.error, each.extra};
    if (const auto peer = peers.find(to); from == 0 && peer != peers.end()) edge.from_peer = peer->second;
    into.edges.push_back(std::move(edge));
  }
}

/// Flows, those of a session as those of who sits there.
void add_flows(const message_graphs& graphs, const std::vector<raw_actor>& all, const topology_question& what,
               const entity_text& text_of, type_names& names, topology_part& into) {
  std::unordered_map<std::int64_t, std::int64_t> people;
  for (const auto& each : all)
    if (each.entity.kind == entity_kind::session && each.person != 0)
      people.emplace(each.entity.id, each.person);
  const auto who = [&](entity_name name) -> entity_name {
    if (name.kind != entity_kind::session) return name;
    const auto found = people.find(name.id);
    return found == people.end() ? name : entity_name{entity_kind::person, found->second};
  };
  for (const auto& each : graphs.flows) {
    if (into.flows.size() >= what.edges) break;
    flow_seen flow{text_of(who(each.key.from)), text_of(who(each.key.to)), names.of(each.key.type),
                   each.count, each.error};
    if (!what.entity.empty() && flow.from != what.entity && flow.to != what.entity) continue;
    into.flows.push_back(std::move(flow));
  }
}

}  // namespace

std::vector<std::string> kinds_of_actors() {
  std::set<std::string> all{"conversation", "forwarder",  "history_watch", "link",  "links",
                            "log_reader",   "log_writer", "placement",     "relay", "search_indexer",
                            "session",      "shard",      "user"};
  for_all_kinds([&](std::string_view kind, const kind_meter&) { all.emplace(kind); });
  return {all.begin(), all.end()};
}

void take_snapshot(const topology_question& what, const entity_text& text_of, topology_part& into) {
  into.level = inspection_level_now();
  // Before the actors: who starts meanwhile is among them and among the changes, and nobody is in neither.
  into.events = live_actors::all().last_event();
  into.cut_at = wall_clock_ms();
  std::vector<raw_actor> all;
  all.reserve(live_actors::all().count() + 64);
  std::unordered_map<std::uint64_t, std::string> peers;
  live_actors::all().for_each([&](const live_actor& each) {
    all.push_back(copy_of(each, what.with_names));
    if (each.peer.empty()) return;
    into.links[each.peer] = each.number;
    peers.emplace(each.number, each.peer);
  });
  into.actors_alive = all.size();
  into.kinds = kinds_now(what);
  const auto graphs = read_graphs();
  into.edges_since = graphs.since;
  into.edges_forgotten = graphs.forgotten;
  auto chosen = chosen_of(all, what, text_of);
  type_names names;
  if (what.edges != 0) {
    add_edges(graphs, all, chosen, peers, what, names, into);
    add_flows(graphs, all, what, text_of, names, into);
  }
  if (!what.with_actors) return;
  const auto called = names_of_people(all);
  keep_heaviest(chosen, what);
  into.actors.reserve(chosen.size());
  for (auto* each : chosen) {
    put_names(*each, text_of);
    put_types(each->types, names, each->seen.types);
    put_types(each->refused, names, each->seen.refused);
    each->seen.name = name_in(*each, called);
    into.actors.push_back(std::move(each->seen));
  }
  if (!what.top) std::ranges::sort(into.actors, {}, &actor_seen::number);
}

}  // namespace parley
