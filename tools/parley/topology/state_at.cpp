#include "tools/parley/topology/state_at.hpp"

#include <algorithm>

#include "tools/parley/topology/moment.hpp"

namespace parley::topology {

using client::number_of;
using client::object_in;
using client::outcome;
using client::problem;
using client::text_of;
using client::trouble;

namespace {

const json::object& member_object(const json::object& from, const char* name) {
  static const json::object none;
  const auto* value = from.if_contains(name);
  return value == nullptr ? none : object_in(*value);
}

}  // namespace

outcome<void> state_at::take(const json::object& line) {
  const auto what = text_of(line, "what");
  const auto at = text_of(line, "at");
  last_at_ = at;
  if (what == "snapshot") {
    const auto* value = line.if_contains("snapshot");
    auto taken = read_snapshot(value == nullptr ? json::value(nullptr) : *value);
    if (taken.has_error()) return taken.error();
    all_ = std::move(*taken);
    actors_.clear();
    order_.clear();
    for (auto& each : all_.actors) {
      order_[each.id] = next_++;
      actors_.insert_or_assign(each.id, std::move(each));
    }
    all_.actors.clear();
    has_snapshot_ = true;
    return {};
  }
  if (!has_snapshot_) return {};
  if (what == "actor_started") start(line, at);
  if (what == "actor_stopped") stop(line);
  if (what == "node_gone") node_gone(line, at);
  if (what == "node_came") node_came(line, at);
  if (what == "edge_appeared") {
    const auto from = text_of(line, "from");
    const auto to = text_of(line, "to");
    const auto count = number_of(line, "count");
    const auto error = number_of(line, "error");
    if (text_of(line, "graph") == "flows")
      all_.flows.push_back({from, to, text_of(line, "node"), text_of(line, "type"), count, error});
    else
      all_.edges.push_back({from, to, text_of(line, "type"), count, error, std::nullopt});
  }
  return {};
}

kind_count& state_at::count_of(const std::string& node, const std::string& kind) {
  const auto found = std::ranges::find_if(
      all_.kinds, [&](const kind_count& each) { return each.node == node && each.kind == kind; });
  if (found != all_.kinds.end()) return *found;
  all_.kinds.push_back({node, kind, 0, 0, 0, 0, 0, 0});
  return all_.kinds.back();
}

void state_at::start(const json::object& line, const std::string& at) {
  const auto& who = member_object(line, "actor");
  actor made;
  made.id = text_of(who, "id");
  made.node = text_of(line, "node");
  made.kind = text_of(who, "kind");
  made.entity = text_of(who, "entity");
  if (const auto* shard = who.if_contains("shard"); shard != nullptr && shard->is_number())
    made.shard = number_of(who, "shard");
  made.parent = text_of(who, "parent");
  made.started_at = at;
  const auto node = std::ranges::find(all_.nodes, made.node, &node_part::name);
  if (node != all_.nodes.end()) {
    ++node->actors;
    ++node->actors_shown;
  }
  auto& count = count_of(made.node, made.kind);
  ++count.alive;
  ++count.started;
  order_[made.id] = next_++;
  actors_.insert_or_assign(made.id, std::move(made));
}

void state_at::stop(const json::object& line) {
  const auto& who = member_object(line, "actor");
  const auto id = text_of(who, "id");
  const auto node = std::ranges::find(all_.nodes, text_of(line, "node"), &node_part::name);
  const bool was_shown = actors_.erase(id) != 0;
  if (node != all_.nodes.end()) {
    node->actors -= std::min<std::uint64_t>(node->actors, 1);
    if (was_shown) node->actors_shown -= std::min<std::uint64_t>(node->actors_shown, 1);
  }
  auto& count = count_of(text_of(line, "node"), text_of(who, "kind"));
  count.alive -= std::min<std::uint64_t>(count.alive, 1);
  ++count.stopped;
  std::erase_if(all_.edges, [&id](const edge& each) { return each.from == id || each.to == id; });
}

void state_at::node_gone(const json::object& line, const std::string& at) {
  const auto name = text_of(line, "node");
  for (auto& each : all_.nodes) {
    if (each.name != name) continue;
    each.missing = text_of(line, "why").empty() ? "gone since " + at : text_of(line, "why");
    each.actors = 0;
    each.actors_shown = 0;
    each.cut_at.reset();
  }
  std::erase_if(actors_, [&name](const auto& each) { return each.second.node == name; });
  std::erase_if(all_.kinds, [&name](const kind_count& each) { return each.node == name; });
  std::erase_if(all_.edges,
                [&name](const edge& each) { return node_of(each.from) == name || node_of(each.to) == name; });
}

void state_at::node_came(const json::object& line, const std::string& at) {
  const auto name = text_of(line, "node");
  auto found = std::ranges::find(all_.nodes, name, &node_part::name);
  if (found == all_.nodes.end()) {
    all_.nodes.push_back({});
    found = all_.nodes.end() - 1;
    found->name = name;
    found->level = "kinds";
  }
  found->incarnation = text_of(line, "incarnation");
  found->missing.reset();
  found->cut_at = at;
  found->actors = 0;
  found->actors_shown = 0;
}

snapshot state_at::at(std::int64_t moment) const {
  auto out = all_;
  out.taken_at = moment_text(moment);
  for (const auto& [id, each] : actors_) out.actors.push_back(each);
  std::ranges::sort(out.actors, {}, [this](const actor& each) { return order_.at(each.id); });
  return out;
}

}  // namespace parley::topology
