#include "transport/operator_topology_json.hpp"

#include <cmath>
#include <cstdio>

#include "transport/protocol/json_writer.hpp"

namespace parley {

namespace {

json_writer& write_number(json_writer& to, std::uint64_t value) {
  return to.number(static_cast<std::int64_t>(value));
}

/// Microseconds with three places, without an exponent.
void write_us(json_writer& to, double value) {
  char digits[40];
  const int size = std::snprintf(digits, sizeof digits, "%.3f", std::isfinite(value) ? value : 0.0);
  to.raw({digits, static_cast<std::size_t>(size)});
}

/// `"node/number"`, or null for nobody.
void write_actor_id(json_writer& to, std::string_view node, std::uint64_t number) {
  if (number == 0) {
    to.raw("null");
    return;
  }
  to.text(std::string(node) + "/" + std::to_string(number));
}

void write_text_or_null(json_writer& to, std::string_view text) {
  if (text.empty())
    to.raw("null");
  else
    to.text(text);
}

void write_shard(json_writer& to, const std::optional<std::int32_t>& shard) {
  if (shard)
    to.number(*shard);
  else
    to.raw("null");
}

void write_times(json_writer& to, const times_seen& times) {
  if (times.count == 0) {
    to.raw("null");
    return;
  }
  write_number(to.raw("{").member("count"), times.count);
  write_us(to.member("p50"), times.p50_us);
  write_us(to.member("p99"), times.p99_us);
  write_us(to.member("max"), times.max_us);
  write_us(to.member("sum"), times.sum_us);
  to.raw("}");
}

void write_types(json_writer& to, const std::vector<std::pair<std::string, std::uint64_t>>& counts) {
  to.raw("{");
  for (const auto& [type, count] : counts) write_number(to.separate().text(type).raw(":"), count);
  to.raw("}");
}

void write_actor(json_writer& to, const std::string& node, const actor_seen& actor) {
  write_actor_id(to.raw("{").member("id"), node, actor.number);
  to.member("node").text(node).member("kind").text(actor.kind);
  write_text_or_null(to.member("entity"), actor.entity);
  if (!actor.person.empty()) to.member("person").text(actor.person);
  if (!actor.name.empty()) to.member("name").text(actor.name);
  write_shard(to.member("shard"), actor.shard);
  write_actor_id(to.member("parent"), node, actor.parent);
  to.member("started_at").time(actor.started_at);
  write_number(to.member("mailbox"), actor.mailbox);
  write_number(to.member("mailbox_highest"), actor.mailbox_highest);
  write_number(to.member("enqueued"), actor.enqueued);
  write_number(to.member("handled"), actor.handled);
  write_types(to.member("types"), actor.types);
  if (!actor.refused.empty()) write_types(to.member("refused"), actor.refused);
  write_times(to.member("waited_us"), actor.waited);
  write_times(to.member("handling_us"), actor.handling);
  to.raw("}");
}

void write_node(json_writer& to, const topology_part& part, std::size_t actors_shown) {
  to.raw("{").member("name").text(part.node).member("incarnation").id(part.incarnation);
  to.member("version").text(part.version).member("level").text(to_text(part.level));
  to.member("cut_at").time(part.cut_at).member("started_at").time(part.started_at);
  write_number(to.member("actors"), part.actors_alive);
  write_number(to.member("actors_shown"), actors_shown);
  to.member("edges_since");
  if (part.edges_since)
    to.time(*part.edges_since);
  else
    to.raw("null");
  write_number(to.member("edges_forgotten"), part.edges_forgotten);
  write_number(to.member("events"), part.events);
  to.member("links").raw("{");
  for (const auto& [peer, number] : part.links)
    write_actor_id(to.separate().text(peer).raw(":"), part.node, number);
  to.raw("}").member("missing").raw("null}");
}

void write_kind(json_writer& to, const std::string& node, const kind_seen& kind) {
  to.raw("{").member("node").text(node).member("kind").text(kind.kind);
  write_number(to.member("alive"), kind.started - kind.stopped);
  write_number(to.member("started"), kind.started);
  write_number(to.member("stopped"), kind.stopped);
  write_number(to.member("enqueued"), kind.enqueued);
  write_number(to.member("handled"), kind.handled);
  write_number(to.member("discarded"), kind.discarded);
  to.raw("}");
}

void write_edge(json_writer& to, const std::string& node, const edge_seen& edge) {
  to.raw("{").member("from");
  // Number 0 stands for the peer's link until the parts are put together.
  if (edge.from == 0)
    to.text((edge.from_peer.empty() ? "?" : edge.from_peer) + "/0");
  else
    write_actor_id(to, node, edge.from);
  write_actor_id(to.member("to"), node, edge.to);
  to.member("type").text(edge.type);
  write_number(to.member("count"), edge.count);
  write_number(to.member("error"), edge.error);
  write_number(to.member("bytes"), edge.bytes);
  to.raw("}");
}

void write_flow(json_writer& to, const std::string& node, const flow_seen& flow) {
  to.raw("{").member("from").text(flow.from).member("to").text(flow.to).member("node").text(node);
  to.member("type").text(flow.type);
  write_number(to.member("count"), flow.count);
  write_number(to.member("error"), flow.error);
  to.raw("}");
}

}  // namespace

std::string snapshot_body(const topology_part& part, std::size_t bytes_max) {
  std::string rest;
  json_writer others{rest};
  others.raw("[");
  for (const auto& each : part.kinds) write_kind(others.separate(), part.node, each);
  others.raw("]").member("edges").raw("[");
  for (const auto& each : part.edges) write_edge(others.separate(), part.node, each);
  others.raw("]").member("flows").raw("[");
  for (const auto& each : part.flows) write_flow(others.separate(), part.node, each);
  others.raw("]");
  std::string actors = "[";
  json_writer to_actors{actors};
  std::size_t shown = 0;
  for (const auto& each : part.actors) {
    const auto before = actors.size();
    write_actor(to_actors.separate(), part.node, each);
    if (actors.size() + rest.size() > bytes_max) {
      actors.resize(before);
      break;
    }
    ++shown;
  }
  actors += ']';
  std::string body;
  json_writer to{body};
  to.raw("{").member("schema").text("parley.topology/1").member("taken_at").time(part.cut_at);
  to.member("answered_by").text(part.node).member("skew_ms").number(0);
  to.member("names").boolean(part.with_names).member("nodes").raw("[");
  write_node(to, part, shown);
  to.raw("]").member("actors").raw(actors).member("kinds").raw(rest).raw("}");
  return body;
}

std::string changes_body(const topology_changes& told) {
  std::string body;
  json_writer to{body};
  to.raw("{").member("node").text(told.node).member("incarnation").id(told.incarnation);
  write_number(to.member("last"), told.last);
  write_number(to.member("lost"), told.lost);
  to.member("changes").raw("[");
  for (const auto& each : told.changes) {
    write_number(to.separate().raw("{").member("n"), each.number);
    to.member("at").time(each.at).member("what").text(each.has_started ? "started" : "stopped");
    write_actor_id(to.member("actor").raw("{").member("id"), told.node, each.actor);
    to.member("kind").text(each.kind);
    write_text_or_null(to.member("entity"), each.entity);
    write_shard(to.member("shard"), each.shard);
    write_actor_id(to.member("parent"), told.node, each.parent);
    to.raw("}");
    if (!each.has_started) write_text_or_null(to.member("reason"), each.reason);
    to.raw("}");
  }
  to.raw("]}");
  return body;
}

}  // namespace parley
