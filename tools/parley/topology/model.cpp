#include "tools/parley/topology/model.hpp"

#include <fmt/format.h>

#include "tools/parley/topology/members.hpp"

namespace parley::topology {

using client::outcome;
using client::problem;
using client::trouble;

namespace {

constexpr std::string_view schema_name = "parley.topology/1";

node_part read_node(members in, std::string& mistake) {
  node_part node;
  node.name = in.text("name");
  node.incarnation = in.text("incarnation");
  node.version = in.text("version");
  node.level = in.text("level");
  node.cut_at = in.text_or_null("cut_at");
  node.started_at = in.text_or_null("started_at");
  node.actors = in.number("actors");
  node.actors_shown = in.number("actors_shown");
  node.edges_since = in.text_or_null("edges_since");
  node.edges_forgotten = in.number("edges_forgotten");
  node.events = in.number("events");
  if (const auto* links = in.optional_object("links")) {
    members by_node{*links, in.path_of("links"), mistake};
    for (const auto& each : *links) {
      const std::string name{each.key().data(), each.key().size()};
      node.links.emplace_back(name, by_node.text(name));
    }
  }
  node.missing = in.text_or_null("missing");
  return node;
}

kind_count read_kind(members in) {
  return {in.text("node"),      in.text("kind"),       in.number("alive"),   in.number("started"),
          in.number("stopped"), in.number("enqueued"), in.number("handled"), in.number("discarded")};
}

std::optional<times> read_times(members& in, std::string_view name, std::string& mistake) {
  const auto* found = in.object_or_null(name);
  if (found == nullptr) return std::nullopt;
  members inner{*found, in.path_of(name), mistake};
  return times{inner.number("count"), inner.real("p50"), inner.real("p99"), inner.real("max"),
               inner.optional_real("sum")};
}

/// An actor's id has a slash, so that its node can be told.
std::string read_id(members& in, std::string_view name) {
  auto id = in.text(name);
  const auto slash = id.rfind('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == id.size())
    in.refuse(name, "is no actor's id (node, slash, number)");
  return id;
}

std::string read_entity(members& in, std::string_view name) {
  auto entity = in.text(name);
  const auto colon = entity.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == entity.size())
    in.refuse(name, "is no entity (kind, colon, id)");
  return entity;
}

std::vector<std::pair<std::string, std::uint64_t>> read_counts(const json::object& from, std::string path,
                                                               std::string& mistake) {
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  members by_type{from, std::move(path), mistake};
  for (const auto& each : from) {
    std::string type{each.key().data(), each.key().size()};
    const auto count = by_type.number(type);
    counts.emplace_back(std::move(type), count);
  }
  return counts;
}

actor read_actor(members in, std::string& mistake) {
  actor one;
  one.id = read_id(in, "id");
  one.node = in.text("node");
  one.kind = in.text("kind");
  if (in.text_or_null("entity")) one.entity = read_entity(in, "entity");
  if (in.optional_text("person")) one.person = read_entity(in, "person");
  one.name = in.optional_text("name").value_or("");
  one.shard = in.number_or_null("shard");
  if (one.shard && *one.shard > 1023) in.refuse("shard", "is no shard (0…1023)");
  if (in.text_or_null("parent")) one.parent = read_id(in, "parent");
  one.started_at = in.text("started_at");
  one.mailbox = in.number("mailbox");
  one.mailbox_highest = in.number("mailbox_highest");
  one.enqueued = in.number("enqueued");
  one.handled = in.number("handled");
  one.types = read_counts(in.object("types"), in.path_of("types"), mistake);
  if (const auto* refused = in.optional_object("refused"))
    one.refused = read_counts(*refused, in.path_of("refused"), mistake);
  one.waited_us = read_times(in, "waited_us", mistake);
  one.handling_us = read_times(in, "handling_us", mistake);
  return one;
}

edge read_edge(members in) {
  edge one;
  one.from = read_id(in, "from");
  one.to = read_id(in, "to");
  one.type = in.text("type");
  one.count = in.number("count");
  one.error = in.number("error");
  one.bytes = in.optional_number("bytes");
  return one;
}

flow read_flow(members in) {
  flow one;
  one.from = read_entity(in, "from");
  one.to = read_entity(in, "to");
  one.node = in.optional_text("node").value_or("");
  one.type = in.optional_text("type").value_or("");
  one.count = in.number("count");
  one.error = in.number("error");
  return one;
}

template <class T, class Read>
void read_all(members& in, std::string_view name, std::string& mistake, std::vector<T>& into, Read read) {
  const auto& array = in.array(name);
  into.reserve(array.size());
  for (std::size_t i = 0; i < array.size() && mistake.empty(); ++i) {
    auto path = fmt::format("{}[{}]", name, i);
    const auto* object = array[i].if_object();
    if (object == nullptr)
      mistake = path + " is no object";
    else
      into.push_back(read(members{*object, std::move(path), mistake}));
  }
}

}  // namespace

outcome<snapshot> read_snapshot(const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) return problem{trouble::failed, "this is no snapshot: it is no JSON object"};
  std::string mistake;
  members in{*object, "", mistake};
  const auto schema = in.text("schema");
  if (mistake.empty() && schema != schema_name)
    return problem{trouble::failed, fmt::format("this is no snapshot that this parley reads: its schema is "
                                                "'{}' and not '{}'",
                                                schema, schema_name)};
  snapshot all;
  all.taken_at = in.text("taken_at");
  all.answered_by = in.text("answered_by");
  all.skew_ms = in.number("skew_ms");
  all.names = in.truth("names");
  read_all(in, "nodes", mistake, all.nodes,
           [&mistake](members each) { return read_node(std::move(each), mistake); });
  read_all(in, "kinds", mistake, all.kinds, [](members each) { return read_kind(std::move(each)); });
  read_all(in, "actors", mistake, all.actors,
           [&mistake](members each) { return read_actor(std::move(each), mistake); });
  read_all(in, "edges", mistake, all.edges, [](members each) { return read_edge(std::move(each)); });
  read_all(in, "flows", mistake, all.flows, [](members each) { return read_flow(std::move(each)); });
  if (!mistake.empty())
    return problem{trouble::failed,
                   fmt::format("this is no snapshot by the schema {}: {}", schema_name, mistake)};
  return all;
}

std::string_view node_of(std::string_view actor_id) { return actor_id.substr(0, actor_id.rfind('/')); }

std::string_view kind_of(std::string_view entity) { return entity.substr(0, entity.find(':')); }

}  // namespace parley::topology
