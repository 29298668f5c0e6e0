#include "tools/parley/topology/graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

namespace parley::topology {

namespace {

using type = column_type;

cell text_cell(std::string_view text) { return text.empty() ? cell{} : cell{std::string{text}}; }
cell number_cell(const std::optional<std::uint64_t>& number) { return number ? cell{*number} : cell{}; }
cell real_cell(const std::optional<times>& what, double times::*member) {
  return what ? cell{(*what).*member} : cell{};
}

std::string label_of(const actor& what) {
  const auto& called = what.name.empty() ? what.entity : what.name;
  return called.empty() ? fmt::format("{} {}", what.kind, what.id) : fmt::format("{} {}", what.kind, called);
}

/// Vertices by id; what is only named gets one that is not listed.
class vertex_index {
public:
  explicit vertex_index(graph& of) : graph_(of) {}

  bool add(vertex what) {
    if (!places_.emplace(what.id, graph_.vertices.size()).second) return false;
    graph_.vertices.push_back(std::move(what));
    return true;
  }
  template <class Make>
  std::size_t place(const std::string& id, Make make) {
    const auto found = places_.find(id);
    if (found != places_.end()) return found->second;
    add(make(id));
    return graph_.vertices.size() - 1;
  }

private:
  graph& graph_;
  std::unordered_map<std::string, std::size_t> places_;
};

graph messages_graph(const snapshot& from) {
  graph out;
  out.title = "messages";
  out.vertex_columns = {{"kind", type::text},
                        {"node", type::text},
                        {"entity", type::text},
                        {"person", type::text},
                        {"name", type::text},
                        {"shard", type::whole},
                        {"parent", type::text},
                        {"started_at", type::text},
                        {"mailbox", type::whole},
                        {"mailbox_highest", type::whole},
                        {"enqueued", type::whole},
                        {"handled", type::whole},
                        {"waited_p50_us", type::real},
                        {"waited_p99_us", type::real},
                        {"handling_p50_us", type::real},
                        {"handling_p99_us", type::real},
                        {"listed", type::truth}};
  out.link_columns = {{"message", type::text},
                      {"count", type::whole},
                      {"count_error", type::whole},
                      {"bytes", type::whole},
                      {"between_nodes", type::truth}};
  vertex_index index{out};
  for (const auto& each : from.actors)
    index.add({each.id,
               label_of(each),
               each.node,
               each.kind,
               each.handled,
               {text_cell(each.kind), text_cell(each.node), text_cell(each.entity), text_cell(each.person), text_cell(each.name),
                number_cell(each.shard), text_cell(each.parent), text_cell(each.started_at), each.mailbox,
                each.mailbox_highest, each.enqueued, each.handled, real_cell(each.waited_us, &times::p50),
                real_cell(each.waited_us, &times::p99), real_cell(each.handling_us, &times::p50),
                real_cell(each.handling_us, &times::p99), true}});
  const auto only_named = [&out](const std::string& id) {
    vertex made{id, id, std::string{node_of(id)}, "", 0, std::vector<cell>(out.vertex_columns.size())};
    made.cells[1] = made.group;
    made.cells.back() = false;
    return made;
  };
  for (const auto& each : from.edges) {
    const auto source = index.place(each.from, only_named);
    const auto target = index.place(each.to, only_named);
    out.links.push_back({source,
                         target,
                         each.type,
                         each.count,
                         {text_cell(each.type), each.count, each.error, number_cell(each.bytes),
                          node_of(each.from) != node_of(each.to)}});
  }
  return out;
}

/// What the actors of an entity are together.
struct entity_sum {
  std::string name;
  std::optional<std::uint64_t> shard;
  std::set<std::string> nodes;
  std::uint64_t actors = 0;
  std::uint64_t mailbox = 0;
  std::uint64_t enqueued = 0;
  std::uint64_t handled = 0;
};

graph flows_graph(const snapshot& from) {
  graph out;
  out.title = "flows";
  out.vertex_columns = {{"kind", type::text},      {"name", type::text},     {"nodes", type::text},
                        {"shard", type::whole},    {"actors", type::whole},  {"mailbox", type::whole},
                        {"enqueued", type::whole}, {"handled", type::whole}, {"listed", type::truth}};
  out.link_columns = {{"message", type::text},
                      {"count", type::whole},
                      {"count_error", type::whole},
                      {"counted_by", type::text}};
  std::vector<std::string> order;
  std::unordered_map<std::string, entity_sum> sums;
  for (const auto& each : from.actors) {
    // Flows end at who sits at a session; it would stand alone.
    if (each.entity.empty() || !each.person.empty()) continue;
    const auto [found, is_new] = sums.try_emplace(each.entity);
    if (is_new) order.push_back(each.entity);
    auto& sum = found->second;
    if (sum.name.empty()) sum.name = each.name;
    if (!sum.shard) sum.shard = each.shard;
    sum.nodes.insert(each.node);
    ++sum.actors;
    sum.mailbox += each.mailbox;
    sum.enqueued += each.enqueued;
    sum.handled += each.handled;
  }
  vertex_index index{out};
  for (const auto& entity : order) {
    const auto& sum = sums.at(entity);
    const auto nodes = fmt::format("{}", fmt::join(sum.nodes, " "));
    const std::string kind{kind_of(entity)};
    index.add({entity,
               sum.name.empty() ? entity : sum.name,
               sum.nodes.size() == 1 ? nodes : "",
               kind,
               sum.handled,
               {text_cell(kind), text_cell(sum.name), text_cell(nodes), number_cell(sum.shard), sum.actors,
                sum.mailbox, sum.enqueued, sum.handled, true}});
  }
  const auto only_named = [&out](const std::string& id) {
    vertex made{id, id, "", std::string{kind_of(id)}, 0, std::vector<cell>(out.vertex_columns.size())};
    made.cells[0] = made.kind;
    made.cells.back() = false;
    return made;
  };
  for (const auto& each : from.flows) {
    const auto source = index.place(each.from, only_named);
    const auto target = index.place(each.to, only_named);
    out.links.push_back({source,
                         target,
                         each.type,
                         each.count,
                         {text_cell(each.type), each.count, each.error, text_cell(each.node)}});
  }
  return out;
}

struct cell_writer {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(std::uint64_t number) const { return fmt::format("{}", number); }
  std::string operator()(double number) const { return fmt::format("{}", number); }
  std::string operator()(bool is_true) const { return is_true ? "true" : "false"; }
};

}  // namespace

graph make_graph(const snapshot& from, graph_of which) {
  return which == graph_of::flows ? flows_graph(from) : messages_graph(from);
}

std::string cell_text(const cell& what) { return std::visit(cell_writer{}, what); }

}  // namespace parley::topology
