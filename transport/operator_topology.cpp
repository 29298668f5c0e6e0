#include "transport/operator_topology.hpp"

#include <simdjson.h>

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "transport/operator_topology_json.hpp"
#include "transport/operator_topology_query.hpp"
#include "transport/protocol/json_writer.hpp"
#include "transport/protocol/text_rules.hpp"
#include "transport/query_parameters.hpp"

namespace parley {

namespace http = boost::beast::http;

namespace {

constexpr std::string_view snapshot_path = "/v1/operator/topology";
constexpr std::string_view level_path = "/v1/operator/topology/level";
constexpr std::string_view changes_path = "/v1/operator/topology/changes";
/// Of all parts that are on their way at once; the forwarder keeps no more than 64 MiB.
constexpr std::size_t parts_bytes_max = 48U * 1'048'576U;
constexpr std::chrono::milliseconds crowded_pause{1'000};

void respond_with_part(topology_source& source, const topology_query& wanted, const http_responder& respond) {
  source.look(wanted.question, [respond, bytes = wanted.bytes](const outcome<topology_part>& part) {
    respond(part.has_error() ? refusal(part.error())
                             : json_answer(http::status::ok, snapshot_body(part.value(), bytes)));
  });
}

std::string names_of(const known_peers& peers, const std::string& own_name) {
  std::set<std::string> names{own_name};
  for (const auto& each : peers.nodes) names.insert(each.name);
  for (const auto& each : peers.gone) names.insert(each.node.name);
  std::string list;
  for (const auto& each : names) list += (list.empty() ? "" : ", ") + each;
  return list;
}

/// Only the node that is wanted; false: there is none.
bool keep_only(const std::string& wanted, known_peers& peers) {
  std::erase_if(peers.nodes, [&](const auto& each) { return each.name != wanted; });
  std::erase_if(peers.gone, [&](const auto& each) { return each.node.name != wanted; });
  return !peers.nodes.empty() || !peers.gone.empty();
}

/// What of a snapshot's call outlives the call.
struct snapshot_call {
  topology_ways ways;
  topology_query wanted;
  forwarded_call to_peer;
  timestamp_ms taken_at = 0;
  http_responder respond;
};

void gather_parts(const std::shared_ptr<snapshot_call>& call, known_peers peers, bool asks_self) {
  auto& source = *call->ways.source;
  const auto count = peers.nodes.size();
  const auto done = [call, peers](gathered_answers::bodies answers) {
    std::vector<std::string> parts;
    auto missing = peers.gone;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (answers[i].has_value())
        parts.push_back(std::move(answers[i].value()));
      else if (i < peers.nodes.size())
        missing.push_back({peers.nodes[i], answers[i].error().message});
      else
        return call->respond(refusal(answers[i].error()));
    }
    auto merge = [call, parts = std::move(parts), missing = std::move(missing)] {
      const snapshot_frame frame{call->taken_at, call->ways.source->node(), call->wanted.question};
      call->respond(json_answer(http::status::ok, merged_snapshot(frame, parts, missing)));
    };
    if (!call->ways.source->run(std::move(merge)))
      call->respond(refusal(
          {errc::overloaded, "too many questions about this node's actors wait already", crowded_pause}));
  };
  const auto all = std::make_shared<gathered_answers>(count + (asks_self ? 1 : 0), done);
  const auto bytes = std::min(call->wanted.bytes, parts_bytes_max / std::max<std::size_t>(count, 1));
  call->to_peer.head.target = std::string(snapshot_path) + "?" + query_for_peer(call->wanted, bytes);
  if (asks_self)
    source.look(
        call->wanted.question, [all, count, most = call->wanted.bytes](const outcome<topology_part>& part) {
          all->take(count, part.has_error() ? outcome<std::string>(part.error())
                                            : outcome<std::string>(snapshot_body(part.value(), most)));
        });
  ask_peers(call->ways.peers, peers.nodes, call->to_peer, all);
  if (!asks_self && count == 0) done({});
}

void show_snapshot(const topology_ways& ways, operator_desk& desk, const http_request& request,
                   std::string_view query, const http_responder& respond) {
  if (request.method() != http::verb::get) return respond(method_not_allowed("GET"));
  auto& source = *ways.source;
  auto wanted = topology_query_in(query, source.kinds());
  if (wanted.has_error()) return respond(refusal(wanted.error()));
  const auto& node = wanted.value().node;
  if (wanted.value().is_local) {
    if (!node.empty() && node != source.node())
      return respond(
          refusal(bad_request("'node' is '" + node + "', and with 'local' there is only " + source.node())));
    return respond_with_part(source, wanted.value(), respond);
  }
  const auto call = std::make_shared<snapshot_call>(
      snapshot_call{ways, wanted.value(), call_to_peer(request, {}), wall_now_ms(), respond});
  desk.show_cluster([call](const outcome<cluster_view>& seen) {
    if (seen.has_error()) return call->respond(refusal(seen.error()));
    const auto& own = call->ways.source->node();
    auto peers = peers_in(seen.value(), call->ways.source->incarnation(), own);
    const auto& wanted_node = call->wanted.node;
    const auto names = names_of(peers, own);
    if (!wanted_node.empty() && !keep_only(wanted_node, peers) && wanted_node != own)
      return call->respond(
          refusal(bad_request("there is no node '" + wanted_node + "'; the nodes are " + names)));
    gather_parts(call, std::move(peers), wanted_node.empty() || wanted_node == own);
  });
}

void show_changes(topology_source& source, const http_request& request, std::string_view query,
                  const http_responder& respond) {
  if (request.method() != http::verb::get) return respond(method_not_allowed("GET"));
  const auto wanted = changes_query_in(query);
  if (wanted.has_error()) return respond(refusal(wanted.error()));
  source.changes(wanted.value().after, std::chrono::seconds{wanted.value().wait_s}, wanted.value().with_names,
                 [respond](const outcome<topology_changes>& told) {
                   respond(told.has_error() ? refusal(told.error())
                                            : json_answer(http::status::ok, changes_body(told.value())));
                 });
}

struct level_wanted {
  inspection_level level = inspection_level::kinds;
  std::chrono::seconds lasts{600};
};

outcome<level_wanted> level_in(std::string_view body) {
  constexpr std::int64_t day_s = 86'400;
  simdjson::dom::parser parser;
  simdjson::dom::object whole;
  if (!is_utf8(body) || parser.parse(body).get(whole))
    return bad_request("the body must be a JSON object such as {\"level\":\"edges\",\"for_s\":600}");
  level_wanted wanted;
  std::string_view level;
  const bool has_level = !whole.at_key("level").get(level);
  const auto named = inspection_level_named(level);
  if (!has_level || !named) return bad_request("'level' must be one of kinds, counts, edges");
  wanted.level = *named;
  for (const auto& [name, value] : whole) {
    if (name == "level") continue;
    std::int64_t seconds = 0;
    if (name != "for_s")
      return bad_request("'" + std::string(name) + "' is no member; there are level and for_s");
    if (value.get(seconds) || seconds < 1 || seconds > day_s)
      return bad_request("'for_s' must be a whole number of seconds from 1 to 86400");
    wanted.lasts = std::chrono::seconds{seconds};
  }
  return wanted;
}

void write_lease(json_writer& to, const level_lease& lease) {
  to.member("level").text(to_text(lease.level)).member("until");
  if (lease.until)
    to.time(*lease.until);
  else
    to.raw("null");
}

std::string lease_body(const level_lease& lease, const missing_nodes& missing) {
  std::string body;
  json_writer to{body};
  write_lease(to.raw("{"), lease);
  write_missing(to, missing);
  to.raw("}");
  return body;
}

outcome<node_change> level_change_in(topology_source& source, std::string_view body) {
  const auto wanted = level_in(body);
  if (wanted.has_error()) return wanted.error();
  return [&source, wanted = wanted.value()] {
    return [lease = source.raise_level(wanted.level, wanted.lasts)](const missing_nodes& missing) {
      return lease_body(lease, missing);
    };
  };
}

}  // namespace

bool is_about_topology(std::string_view target) {
  const auto path = target.substr(0, target.find('?'));
  return path == snapshot_path || path == level_path || path == changes_path;
}

bool answer_about_topology(const topology_ways& ways, operator_desk& desk, const http_request& request,
                           std::string_view path, std::string_view query, const http_responder& respond) {
  if (ways.source == nullptr || !is_about_topology(path)) return false;
  if (path == snapshot_path)
    show_snapshot(ways, desk, request, query, respond);
  else if (path == level_path)
    change_all_nodes(
        ways.peers, {ways.source->incarnation(), ways.source->node()}, desk, request, query,
        [&source = *ways.source](std::string_view body) { return level_change_in(source, body); }, respond);
  else
    show_changes(*ways.source, request, query, respond);
  return true;
}

}  // namespace parley
