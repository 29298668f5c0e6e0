#include <fmt/format.h>

#include "tools/parley/topology/statistics.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::topology {

namespace {

json::object degrees_json(const std::map<std::string, degrees>& all) {
  json::object out;
  for (const auto& [kind, each] : all)
    out[kind] = json::object{
        {"vertices", each.vertices},        {"in_mean", each.in_mean}, {"in_max", each.in_max},
        {"out_mean", each.out_mean},        {"out_max", each.out_max}, {"messages_in", each.messages_in},
        {"messages_out", each.messages_out}};
  return out;
}

json::object imbalance_json(const imbalance& what) {
  return {{"places", what.places},
          {"mean", what.mean},
          {"max", what.max},
          {"max_over_mean", what.max_over_mean},
          {"coefficient_of_variation", what.variation},
          {"gini", what.gini}};
}

json::array ranked_json(const std::vector<ranked>& all) {
  json::array out;
  for (const auto& each : all)
    out.push_back(json::object{{"who", each.who}, {"kind", each.what}, {"amount", each.amount}});
  return out;
}

std::string degrees_text(std::string_view title, const std::map<std::string, degrees>& all) {
  if (all.empty()) return {};
  auto out = fmt::format("\n{:<24} {:>8} {:>16} {:>16} {:>12} {:>12}\n", title, "COUNT", "IN MEAN/MAX",
                         "OUT MEAN/MAX", "MESSAGES IN", "OUT");
  for (const auto& [kind, each] : all)
    out += fmt::format("{:<24} {:>8} {:>16} {:>16} {:>12} {:>12}\n", view::safe_text(kind), each.vertices,
                       fmt::format("{:.1f} / {}", each.in_mean, each.in_max),
                       fmt::format("{:.1f} / {}", each.out_mean, each.out_max), each.messages_in,
                       each.messages_out);
  return out;
}

std::string imbalance_text(std::string_view what, const imbalance& how) {
  return fmt::format("{:<24} {:>8} {:>12.4g} {:>10.4g} {:>10.2f} {:>10.2f} {:>8.2f}\n", what, how.places,
                     how.mean, how.max, how.max_over_mean, how.variation, how.gini);
}

std::string ranked_text(std::string_view title, const std::vector<ranked>& all) {
  if (all.empty()) return {};
  auto out = fmt::format("\n{}\n", title);
  for (const auto& each : all)
    out += fmt::format("  {:>12}  {}{}\n", each.amount, view::safe_text(each.who),
                       each.who.starts_with(each.what) ? "" : " " + view::safe_text(each.what));
  return out;
}

std::string hops_text(const statistics& of) {
  if (of.hops.empty()) return {};
  auto out = fmt::format("\nHOPS BETWEEN SESSIONS (shortest way over edges, from {} of {} sessions)\n",
                         of.hop_sources, of.sessions);
  for (const auto& [hops, pairs] : of.hops) out += fmt::format("  {:>12}  {}\n", hops, pairs);
  return out;
}

}  // namespace

json::object to_json(const statistics& what) {
  json::object hops;
  for (const auto& [distance, pairs] : what.hops) hops[fmt::format("{}", distance)] = pairs;
  return {{"taken_at", what.taken_at},
          {"skew_ms", what.skew_ms},
          {"actors", what.actors},
          {"edges", what.edges},
          {"flows", what.flows},
          {"message_degrees", degrees_json(what.message_degrees)},
          {"flow_degrees", degrees_json(what.flow_degrees)},
          {"edge_messages", what.edge_messages},
          {"cut_messages", what.cut_messages},
          {"cut_ratio", what.cut_ratio ? json::value(*what.cut_ratio) : nullptr},
          {"imbalance", json::object{{"node_actors", imbalance_json(what.node_actors)},
                                     {"node_handled", imbalance_json(what.node_handled)},
                                     {"shard_actors", imbalance_json(what.shard_actors)},
                                     {"shard_handled", imbalance_json(what.shard_handled)}}},
          {"top_senders", ranked_json(what.senders)},
          {"top_talkers", ranked_json(what.talkers)},
          {"hottest_mailboxes", ranked_json(what.mailboxes)},
          {"highest_mailboxes", ranked_json(what.highest_mailboxes)},
          {"hops_between_sessions", std::move(hops)},
          {"hop_sources", what.hop_sources},
          {"hop_sessions", what.sessions}};
}

std::string to_text(const statistics& what) {
  auto out = fmt::format("taken at {}, the nodes' cuts within {} ms: {} actors, {} edges, {} flows\n",
                         view::safe_text(what.taken_at), what.skew_ms, what.actors, what.edges, what.flows);
  if (what.cut_ratio)
    out += fmt::format("cut ratio: {:.1f} % of {} messages over edges went between nodes\n",
                       100 * *what.cut_ratio, what.edge_messages);
  else
    out += "cut ratio: not known, since no edges were counted (parley topology stats --for 3s counts them)\n";
  out += fmt::format("\n{:<24} {:>8} {:>12} {:>10} {:>10} {:>10} {:>8}\n", "IMBALANCE", "PLACES", "MEAN",
                     "MAX", "MAX/MEAN", "VARIATION", "GINI");
  out += imbalance_text("actors over nodes", what.node_actors) +
         imbalance_text("handled over nodes", what.node_handled) +
         imbalance_text("actors over shards", what.shard_actors) +
         imbalance_text("handled over shards", what.shard_handled);
  out += degrees_text("MESSAGES, BY ACTOR", what.message_degrees) +
         degrees_text("FLOWS, BY ENTITY", what.flow_degrees);
  out +=
      ranked_text("MOST SENT, BY ACTOR", what.senders) + ranked_text("MOST CAUSED, BY ENTITY", what.talkers);
  out += ranked_text("MAILBOXES NOW", what.mailboxes) +
         ranked_text("MAILBOXES AT THEIR HIGHEST", what.highest_mailboxes);
  return out + hops_text(what);
}

}  // namespace parley::topology
