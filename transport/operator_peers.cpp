#include "transport/operator_peers.hpp"

#include <simdjson.h>

#include <string_view>

#include "transport/polling/forwarded_http.hpp"

namespace parley {

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

forwarded_call call_to_peer(const http_request& request, std::string target) {
  auto call = as_forwarded(request);
  call.head.target = std::move(target);
  return call;
}

}  // namespace parley
