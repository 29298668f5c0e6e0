#include "tools/parley/topology/model.hpp"

namespace parley::topology {

namespace {

json::value or_null(const std::optional<std::string>& text) { return text ? json::value(*text) : nullptr; }

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value times_json(const std::optional<times>& what) {
  if (!what) return nullptr;
  json::object out{{"count", what->count}, {"p50", what->p50}, {"p99", what->p99}, {"max", what->max}};
  if (what->sum) out["sum"] = *what->sum;
  return out;
}

json::object counts_json(const std::vector<std::pair<std::string, std::uint64_t>>& counts) {
  json::object out;
  for (const auto& [type, count] : counts) out[type] = count;
  return out;
}

template <class T>
json::array array_json(const std::vector<T>& all) {
  json::array out;
  out.reserve(all.size());
  for (const auto& each : all) out.push_back(to_json(each));
  return out;
}

}  // namespace

json::object to_json(const node_part& what) {
  json::object out{{"name", what.name},
                   {"incarnation", what.incarnation},
                   {"version", what.version},
                   {"level", what.level},
                   {"cut_at", or_null(what.cut_at)},
                   {"started_at", or_null(what.started_at)},
                   {"actors", what.actors},
                   {"actors_shown", what.actors_shown},
                   {"edges_since", or_null(what.edges_since)},
                   {"edges_forgotten", what.edges_forgotten},
                   {"events", what.events},
                   {"missing", or_null(what.missing)}};
  if (what.links.empty()) return out;
  json::object links;
  for (const auto& [node, id] : what.links) links[node] = id;
  out["links"] = std::move(links);
  return out;
}

json::object to_json(const kind_count& what) {
  return {{"node", what.node},       {"kind", what.kind},          {"alive", what.alive},
          {"started", what.started}, {"stopped", what.stopped},    {"enqueued", what.enqueued},
          {"handled", what.handled}, {"discarded", what.discarded}};
}

json::object to_json(const actor& what) {
  json::object out{{"id", what.id},
                   {"node", what.node},
                   {"kind", what.kind},
                   {"entity", text_or_null(what.entity)},
                   {"shard", what.shard ? json::value(*what.shard) : nullptr},
                   {"parent", text_or_null(what.parent)},
                   {"started_at", what.started_at},
                   {"mailbox", what.mailbox},
                   {"mailbox_highest", what.mailbox_highest},
                   {"enqueued", what.enqueued},
                   {"handled", what.handled},
                   {"types", counts_json(what.types)},
                   {"waited_us", times_json(what.waited_us)},
                   {"handling_us", times_json(what.handling_us)}};
  if (!what.refused.empty()) out["refused"] = counts_json(what.refused);
  if (!what.person.empty()) out["person"] = what.person;
  if (!what.name.empty()) out["name"] = what.name;
  return out;
}

json::object to_json(const edge& what) {
  json::object out{{"from", what.from},
                   {"to", what.to},
                   {"type", what.type},
                   {"count", what.count},
                   {"error", what.error}};
  if (what.bytes) out["bytes"] = *what.bytes;
  return out;
}

json::object to_json(const flow& what) {
  json::object out{{"from", what.from}, {"to", what.to}};
  if (!what.node.empty()) out["node"] = what.node;
  if (!what.type.empty()) out["type"] = what.type;
  out["count"] = what.count;
  out["error"] = what.error;
  return out;
}

json::object to_json(const snapshot& what) {
  return {{"schema", "parley.topology/1"},
          {"taken_at", what.taken_at},
          {"answered_by", what.answered_by},
          {"skew_ms", what.skew_ms},
          {"names", what.names},
          {"nodes", array_json(what.nodes)},
          {"kinds", array_json(what.kinds)},
          {"actors", array_json(what.actors)},
          {"edges", array_json(what.edges)},
          {"flows", array_json(what.flows)}};
}

}  // namespace parley::topology
