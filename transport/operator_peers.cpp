#include "transport/operator_peers.hpp"

#include <simdjson.h>

#include <string_view>

#include "transport/polling/forwarded_http.hpp"
#include "transport/query_parameters.hpp"

namespace parley {

namespace http = boost::beast::http;

namespace {

/// Whatever another node said, as a body or as why there is none. Copies nothing that may be large: it runs
/// where everybody's calls are forwarded.
outcome<std::string> body_in(outcome<forwarded_answer> answer) {
  if (answer.has_error()) {
    if (answer.error().code == errc::not_found) return failure{errc::unavailable, "it has just gone", {}};
    return answer.error();
  }
  auto& [head, body] = answer.value();
  if (head.status == 200) return std::move(body);
  simdjson::dom::parser parser;
  simdjson::dom::element whole;
  std::string_view message;
  if (parser.parse(body).get(whole) || whole["error"]["message"].get(message)) message = "without a reason";
  return failure{
      errc::unavailable, "it answered " + std::to_string(head.status) + ": " + std::string(message), {}};
}

}  // namespace

known_peers peers_in(const cluster_view& seen, incarnation_id self, const std::string& own_name) {
  known_peers found;
  for (const auto& each : seen.nodes) {
    if (each.incarnation == self || each.name == own_name) continue;
    // Of an earlier life there is nothing to tell.
    if (node_named(seen, each.name)->incarnation != each.incarnation) continue;
    if (is_gone(seen, each))
      found.gone.push_back({each, "it is gone: it has not been heard of for " +
                                      std::to_string((seen.now - each.beat_at) / 1'000) + " s"});
    else
      found.nodes.push_back(each);
  }
  return found;
}

void ask_peers(const peer_ways& ways, const std::vector<node_record>& peers, const forwarded_call& call,
               const std::shared_ptr<gathered_answers>& all) {
  for (std::size_t i = 0; i < peers.size(); ++i) {
    if (!ways.forwarding) {
      all->take(i, failure{errc::unavailable, "this node has no way to others", {}});
      continue;
    }
    ways.forwarding->forward(
        peers[i].incarnation, call, ways.peers_within,
        [all, i](outcome<forwarded_answer> answer) { all->take(i, body_in(std::move(answer))); });
  }
}

missing_nodes missing_of(const known_peers& peers, const gathered_answers::bodies& answers) {
  missing_nodes missing;
  for (std::size_t i = 0; i < peers.nodes.size(); ++i)
    if (answers[i].has_error()) missing.emplace_back(peers.nodes[i].name, answers[i].error().message);
  for (const auto& each : peers.gone) missing.emplace_back(each.node.name, each.why);
  return missing;
}

void write_missing(json_writer& to, const missing_nodes& missing) {
  to.member("missing").raw("[");
  for (const auto& [node, why] : missing)
    to.separate().raw("{").member("node").text(node).member("why").text(why).raw("}");
  to.raw("]");
}

void change_all_nodes(const peer_ways& ways, const own_node& self, operator_desk& desk,
                      const http_request& request, std::string_view query, const change_reader& read,
                      const http_responder& respond) {
  if (request.method() != http::verb::post) return respond(method_not_allowed("POST"));
  if (!is_json(request))
    return respond(refusal({errc::bad_request, "the body must be application/json", {}},
                           http::status::unsupported_media_type));
  const bool is_local = query == "local=true";
  if (!query.empty() && !is_local)
    return respond(refusal(bad_request("this call takes no parameters but local=true: nothing was done")));
  const auto change = read(request.body());
  if (change.has_error()) return respond(refusal(change.error()));
  if (is_local) return respond(json_answer(http::status::ok, change.value()()({})));
  const auto call = call_to_peer(request, std::string(request.target()) + "?local=true");
  desk.show_cluster([ways, self, call, change = change.value(), respond](const outcome<cluster_view>& seen) {
    if (seen.has_error()) return respond(refusal(seen.error()));
    const auto peers = peers_in(seen.value(), self.incarnation, self.name);
    const auto done = [respond, tell = change(), peers](const gathered_answers::bodies& answers) {
      respond(json_answer(http::status::ok, tell(missing_of(peers, answers))));
    };
    if (peers.nodes.empty()) return done({});
    ask_peers(ways, peers.nodes, call, std::make_shared<gathered_answers>(peers.nodes.size(), done));
  });
}

timestamp_ms wall_now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

forwarded_call call_to_peer(const http_request& request, std::string target) {
  auto call = as_forwarded(request);
  call.head.target = std::move(target);
  return call;
}

}  // namespace parley
