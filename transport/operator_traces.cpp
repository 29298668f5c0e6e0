#include "transport/operator_traces.hpp"

#include <algorithm>
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

/// Of all nodes' answers at once: some 40 MB, within what the forwarder keeps.
constexpr std::size_t spans_at_once_max = 100'000;

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

std::string spans_query_for_peer(const spans_query& wanted, std::size_t peers) {
  const auto limit = std::min(wanted.limit, spans_at_once_max / std::max<std::size_t>(peers, 1));
  std::string text = "local=true&limit=" + std::to_string(limit);
  if (!wanted.cursor_text.empty()) text += "&cursor=" + encoded(wanted.cursor_text);
  if (wanted.with_names) text += "&names=true";
  return text;
}

/// The number from which a node tells; nothing: from now on. Another life begins with its first.
std::optional<std::uint64_t> number_for(const spans_query& wanted, const topology_source& self) {
  if (wanted.from_now) return std::nullopt;
  const auto known = wanted.cursor.find(self.node());
  return known == wanted.cursor.end() || known->second.incarnation != self.incarnation() ? 0
                                                                                         : known->second.next;
}

void show_own_spans(trace_source& traces, const topology_source& self, const spans_query& wanted,
                    const std::function<void(outcome<std::string>)>& done) {
  traces.spans(number_for(wanted, self), wanted.limit, wanted.with_names,
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
  call->to_peer.head.target = std::string(spans_path) + "?" + spans_query_for_peer(call->wanted, own_place);
  show_own_spans(traces, *call->ways.source, call->wanted,
                 [all, own_place](outcome<std::string> body) { all->take(own_place, std::move(body)); });
  ask_peers(call->ways.peers, peers.nodes, call->to_peer, all);
}

void show_spans(trace_source& traces, const topology_ways& ways, operator_desk& desk,
                const http_request& request, std::string_view query, const http_responder& respond) {
  if (request.method() != http::verb::get) return respond(method_not_allowed("GET"));
  auto wanted = spans_query_in(query);
  if (wanted.has_error()) return respond(refusal(wanted.error()));
  if (wanted.value().is_local)
    return show_own_spans(traces, *ways.source, wanted.value(), [respond](outcome<std::string> body) {
      if (body.has_error()) return respond(refusal(body.error()));
      respond(json_answer(http::status::ok, std::move(body.value())));
    });
  const auto call = std::make_shared<spans_call>(
      spans_call{ways, wanted.value(), call_to_peer(request, {}), wall_now_ms(), respond});
  desk.show_cluster([call, &traces](const outcome<cluster_view>& seen) {
    if (seen.has_error()) return call->respond(refusal(seen.error()));
    const auto& source = *call->ways.source;
    gather_spans(call, traces, peers_in(seen.value(), source.incarnation(), source.node()));
  });
}

outcome<node_change> sampling_change_in(trace_source& traces, std::string_view body) {
  const auto wanted = sampling_in(body);
  if (wanted.has_error()) return wanted.error();
  return [&traces, wanted = wanted.value()] {
    return [lease = traces.sample(wanted.what, wanted.lasts)](const missing_nodes& missing) {
      return sampling_body(lease, missing);
    };
  };
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
    change_all_nodes(
        ways.peers, {ways.source->incarnation(), ways.source->node()}, desk, request, query,
        [&traces = *ways.traces](std::string_view body) { return sampling_change_in(traces, body); },
        respond);
  return true;
}

}  // namespace parley
