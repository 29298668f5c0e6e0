#include "tests/simulation/memory_cluster_registry.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "persistence/connection_names.hpp"

namespace parley::simulation {

namespace {

/// What was written of a conversation since then; head 0: nothing.
recent_write written_of(conversation_id id, const memory_store::conversation& where, timestamp_ms since) {
  recent_write found{id, 0, {}};
  sequence joined_from = 0;
  for (const auto& each : where.entries) {
    if (each.at < since) continue;
    found.head = each.seq;
    const bool joins = each.content.kind == entry_kind::create || each.content.kind == entry_kind::join;
    if (joins && joined_from == 0) joined_from = each.seq;
  }
  if (joined_from == 0) return found;
  for (const auto& [user, member] : where.members)
    if (member.left == 0 && member.joined >= joined_from) found.joined.push_back(user);
  return found;
}

}  // namespace

outcome<void> memory_cluster_registry::connect() {
  auto& backends = store_->backends();
  backends.end(backend_);
  backend_ = backends.begin(name_of_registry(node_, incarnation_));
  const auto holder = backends.try_name(backend_, node_);
  if (holder == backend_) return {};
  backends.end(std::exchange(backend_, 0));
  return failure{errc::conflict,
                 "node.name '" + node_ + "' is in use by '" + backends.name_of(holder) + "' (backend " +
                     std::to_string(holder) + "): give this node another name, or stop that one",
                 {}};
}

outcome<void> memory_cluster_registry::be_connected() {
  if (!joined_) return failure{errc::unavailable, "the node has not joined its cluster", {}};
  if (backend_ == 0) return connect();
  if (store_->backends().stands(backend_)) return {};
  // Found out by a call that fails; the next one connects.
  backend_ = 0;
  return failure{errc::unavailable, "the registry of the nodes cannot be reached", {}};
}

outcome<cluster_view> memory_cluster_registry::join(const node_record& self) {
  if (auto connected = connect(); connected.has_error()) return connected.error();
  joined_ = true;
  own_ = self;
  const auto own_writer = name_of_writer(node_, incarnation_);
  store_->backends().end_all_named([&](std::string_view name) {
    return name.starts_with("parley " + node_ + " ") && name.ends_with(" writer") && name != own_writer;
  });
  std::erase_if(store_->cluster().nodes, [&](const auto& row) {
    return row.second.name == node_ && row.second.incarnation != incarnation_;
  });
  return count_beat(self);
}

outcome<cluster_view> memory_cluster_registry::beat(const node_record& self) {
  if (auto connected = be_connected(); connected.has_error()) return connected.error();
  return count_beat(self);
}

cluster_view memory_cluster_registry::count_beat(const node_record& self) {
  const auto [row, fresh] = store_->cluster().nodes.try_emplace(incarnation_);
  const auto before = fresh ? own_ : row->second;
  auto& stored = row->second = self;
  stored.name = node_;
  stored.incarnation = incarnation_;
  stored.beat = fresh ? 1 : before.beat + 1;
  stored.beat_at = store_->now();
  stored.started_at = before.started_at != 0 ? before.started_at : store_->now();
  stored.drain_wanted = fresh ? self.drain_wanted || before.drain_wanted : before.drain_wanted;
  own_ = stored;
  return view();
}

cluster_view memory_cluster_registry::view() const {
  cluster_view shown;
  for (const auto& [incarnation, node] : store_->cluster().nodes) shown.nodes.push_back(node);
  shown.owners.resize(shard_count);
  shown.owned_since.resize(shard_count);
  std::map<backend_number, incarnation_id> writers;
  for (const auto& [backend, name] : store_->backends().all())
    if (const auto whose = incarnation_of_writer(name)) writers.emplace(backend, *whose);
  for (std::int32_t i = 0; i < shard_count; ++i) {
    const auto place = static_cast<std::size_t>(i);
    const auto holder = writers.find(store_->backends().holder_of({i}));
    if (holder != writers.end()) shown.owners[place] = holder->second;
    const auto& note = store_->cluster().notes[place];
    if (note.owner == shown.owners[place]) shown.owned_since[place] = note.since;
  }
  shown.now = store_->now();
  return shown;
}

outcome<cluster_view> memory_cluster_registry::look() {
  if (auto connected = be_connected(); connected.has_error()) return connected.error();
  return view();
}

outcome<void> memory_cluster_registry::end_writers(incarnation_id dead) {
  if (auto connected = be_connected(); connected.has_error()) return connected;
  store_->backends().end_all_named(
      [&](std::string_view name) { return incarnation_of_writer(name) == dead; });
  return {};
}

outcome<std::vector<recent_write>> memory_cluster_registry::written_since(std::span<const shard_index> shards,
                                                                          timestamp_ms since) {
  if (auto connected = be_connected(); connected.has_error()) return connected.error();
  const std::set<shard_index> wanted(shards.begin(), shards.end());
  std::vector<recent_write> found;
  for (const auto& [id, where] : store_->conversations()) {
    if (!wanted.contains(shard_of(id))) continue;
    if (auto write = written_of(id, where, since); write.head != 0) found.push_back(std::move(write));
  }
  return found;
}

outcome<void> memory_cluster_registry::note_taken(std::span<const shard_index> shards, incarnation_id owner) {
  if (auto connected = be_connected(); connected.has_error()) return connected;
  for (const auto shard : shards)
    store_->cluster().notes[static_cast<std::size_t>(shard.value)] = {owner, store_->now()};
  return {};
}

outcome<void> memory_cluster_registry::forget(incarnation_id gone) {
  if (auto connected = be_connected(); connected.has_error()) return connected;
  store_->cluster().nodes.erase(gone);
  return {};
}

void memory_cluster_registry::leave() {
  joined_ = false;
  if (store_->backends().stands(backend_)) store_->cluster().nodes.erase(incarnation_);
  store_->backends().end(std::exchange(backend_, 0));
}

outcome<void> request_drain(memory_store& store, const std::string& name) {
  bool found = false;
  for (auto& [incarnation, node] : store.cluster().nodes)
    if (node.name == name) found = node.drain_wanted = true;
  if (!found) return failure{errc::not_found, "there is no node '" + name + "'", {}};
  return {};
}

}  // namespace parley::simulation
