#include "transport/operator_traces.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "transport/operator_traces_json.hpp"
#include "transport/query_parameters.hpp"

namespace parley {

namespace http = boost::beast::http;

namespace {

constexpr std::string_view spans_path = "/v1/operator/traces";
constexpr std::string_view sampling_path = "/v1/operator/traces/sampling";
constexpr std::string_view spans_parameters[] = {"cursor", "limit", "names", "local"};
constexpr std::int64_t spans_max = 20'000;

/// Nodes that gave no answer, and why.
using missing_nodes = std::vector<std::pair<std::string, std::string>>;

timestamp_ms wall_now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

struct spans_query {
  std::string cursor_text;
  trace_cursor cursor;
  bool from_now = false;
  std::size_t limit = 5'000;
  bool with_names = false;
  bool is_local = false;
};

outcome<spans_query> spans_query_in(std::string_view query) {
  const auto all = parameters_in(query, spans_parameters);
  if (all.has_error()) return all.error();
  spans_query wanted;
  for (const auto& each : all.value()) {
    if (each.name == "cursor") {
      wanted.cursor_text = each.value;
      wanted.from_now = each.value == "now";
      if (wanted.from_now) continue;
      auto read = trace_cursor_in(each.value);
      if (!read)
        return bad_request("'cursor' is '" + each.value +
                           "'; it must be 'now' or the cursor of an earlier answer");
      wanted.cursor = std::move(*read);
    } else if (each.name == "limit") {
      const auto value = number_of(each, 1, spans_max);
      if (value.has_error()) return value.error();
      wanted.limit = static_cast<std::size_t>(value.value());
    } else {
      const auto value = truth_of(each);
      if (value.has_error()) return value.error();
      (each.name == "names" ? wanted.with_names : wanted.is_local) = value.value();
    }
  }
  return wanted;
}

std::string spans_query_for_peer(const spans_query& wanted) {
  std::string text = "local=true&limit=" + std::to_string(wanted.limit);
  if (!wanted.cursor_text.empty()) text += "&cursor=" + encoded(wanted.cursor_text);
  if (wanted.with_names) text += "&names=true";
  return text;
}

/// The number from which a node tells; nothing: from now on.
std::optional<std::uint64_t> number_for(const spans_query& wanted, const std::string& node) {
  if (wanted.from_now) return std::nullopt;
  const auto known = wanted.cursor.find(node);
  return known == wanted.cursor.end() ? 0 : known->second;
}

missing_nodes missing_of(const known_peers& peers, const gathered_answers::bodies& answers) {
  missing_nodes missing;
  for (std::size_t i = 0; i < peers.nodes.size(); ++i)
    if (answers[i].has_error()) missing.emplace_back(peers.nodes[i].name, answers[i].error().message);
  for (const auto& each : peers.gone) missing.emplace_back(each.node.name, each.why);
  return missing;
}

void show_own_spans(trace_source& traces, const std::string& node, const spans_query& wanted,
                    const std::function<void(outcome<std::string>)>& done) {
  traces.spans(number_for(wanted, node), wanted.limit, wanted.with_names,
               [done](const outcome<trace_part>& part) {
                 if (part.has_error()) return done(part.error());
                 done(spans_part_body(part.value()));
               });
}

/// What of a call for spans outlives the call.
struct spans_call {
  topology_ways ways;
  spans_query wanted;
  forwarded_call to_peer;
  timestamp_ms taken_at = 0;
  http_responder respond;
};

void gather_spans(const std::shared_ptr<spans_call>& call, trace_source& traces, const known_peers& peers) {
  const auto own_place = peers.nodes.size();
  const auto done = [call, peers, own_place](gathered_answers::bodies answers) {
    if (answers[own_place].has_error()) return call->respond(refusal(answers[own_place].error()));
    auto missing = missing_of(peers, answers);
    std::vector<std::string> parts;
    for (auto& each : answers)
      if (each.has_value()) parts.push_back(std::move(each.value()));
    auto merge = [call, parts = std::move(parts), missing = std::move(missing)] {
      const spans_frame frame{call->taken_at, call->ways.source->node(), call->wanted.cursor};
      call->respond(json_answer(http::status::ok, merged_spans(frame, parts, missing)));
    };
    if (!call->ways.source->run(std::move(merge)))
      call->respond(refusal({errc::overloaded, "too many questions about this node wait already",
                             std::chrono::milliseconds{1'000}}));
  };
  const auto all = std::make_shared<gathered_answers>(own_place + 1, done);
  show_own_spans(traces, call->ways.source->node(), call->wanted,
                 [all, own_place](outcome<std::string> body) { all->take(own_place, std::move(body)); });
  ask_peers(call->ways.peers, peers.nodes, call->to_peer, all);
}

void show_spans(trace_source& traces, const topology_ways& ways, operator_desk& desk,
                const http_request& request, std::string_view query, const http_responder& respond) {
  if (request.method() != http::verb::get) return respond(method_not_allowed("GET"));
  auto wanted = spans_query_in(query);
  if (wanted.has_error()) return respond(refusal(wanted.error()));
  if (wanted.value().is_local)
    return show_own_spans(traces, ways.source->node(), wanted.value(), [respond](outcome<std::string> body) {
      if (body.has_error()) return respond(refusal(body.error()));
      respond(json_answer(http::status::ok, std::move(body.value())));
    });
  const auto to_peer =
      call_to_peer(request, std::string(spans_path) + "?" + spans_query_for_peer(wanted.value()));
  const auto call =
      std::make_shared<spans_call>(spans_call{ways, wanted.value(), to_peer, wall_now_ms(), respond});
  desk.show_cluster([call, &traces](const outcome<cluster_view>& seen) {
    if (seen.has_error()) return call->respond(refusal(seen.error()));
    const auto& source = *call->ways.source;
    gather_spans(call, traces, peers_in(seen.value(), source.incarnation(), source.node()));
  });
}

void set_sampling(trace_source& traces, const topology_ways& ways, operator_desk& desk,
                  const http_request& request, std::string_view query, const http_responder& respond) {
  if (request.method() != http::verb::post) return respond(method_not_allowed("POST"));
  if (!is_json(request))
    return respond(refusal({errc::bad_request, "the body must be application/json", {}},
                           http::status::unsupported_media_type));
  const bool is_local = query == "local=true";
  if (!query.empty() && !is_local)
    return respond(refusal(bad_request("this call takes no parameters but local=true: nothing was done")));
  const auto wanted = sampling_in(request.body());
  if (wanted.has_error()) return respond(refusal(wanted.error()));
  const auto [what, lasts] = wanted.value();
  if (is_local) return respond(json_answer(http::status::ok, sampling_body(traces.sample(what, lasts), {})));
  const auto call = call_to_peer(request, std::string(sampling_path) + "?local=true");
  desk.show_cluster([ways, &traces, call, what, lasts, respond](const outcome<cluster_view>& seen) {
    // Before anything was changed anywhere.
    if (seen.has_error()) return respond(refusal(seen.error()));
    const auto peers = peers_in(seen.value(), ways.source->incarnation(), ways.source->node());
    const auto lease = traces.sample(what, lasts);
    const auto done = [respond, lease, peers](const gathered_answers::bodies& answers) {
      respond(json_answer(http::status::ok, sampling_body(lease, missing_of(peers, answers))));
    };
    if (peers.nodes.empty()) return done({});
    ask_peers(ways.peers, peers.nodes, call, std::make_shared<gathered_answers>(peers.nodes.size(), done));
  });
}

}  // namespace

bool is_about_traces(std::string_view target) {
  const auto path = target.substr(0, target.find('?'));
  return path == spans_path || path == sampling_path;
}

bool answer_about_traces(const topology_ways& ways, operator_desk& desk, const http_request& request,
                         std::string_view path, std::string_view query, const http_responder& respond) {
  if (ways.traces == nullptr || ways.source == nullptr || !is_about_traces(path)) return false;
  if (path == spans_path)
    show_spans(*ways.traces, ways, desk, request, query, respond);
  else
    set_sampling(*ways.traces, ways, desk, request, query, respond);
  return true;
}

}  // namespace parley
