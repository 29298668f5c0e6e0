#include "tools/parley/trace/asked_traces.hpp"

#include <fmt/format.h>

#include "tools/parley/commands/output.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::trace {

using client::outcome;
using client::problem;
using client::trouble;
using namespace std::chrono_literals;

namespace {

/// A node forgets the wish of a tool that died after this long; it is renewed well before.
constexpr auto wish_lasts = 60s;
constexpr auto renewed_after = 20s;
constexpr int spans_of_a_node_max = 20'000;
/// What 16 nodes answer at once: 20,000 spans of 400 bytes each.
constexpr std::size_t answer_bytes_max = 256UL << 20U;

}  // namespace

outcome<asked_traces> asked_traces::with(const commands::operator_options& options, bool names) {
  auto cluster = topology::asked_cluster::with(options);
  if (cluster.has_error()) return cluster.error();
  cluster->learn_addresses();
  return asked_traces{std::move(*cluster), names};
}

asked_traces::asked_traces(asked_traces&& other) noexcept
    : cluster_(std::move(other.cluster_)),
      names_(other.names_),
      cursor_(std::move(other.cursor_)),
      wish_(std::exchange(other.wish_, std::nullopt)),
      renew_at_(other.renew_at_) {}

asked_traces::~asked_traces() {
  if (!wish_) return;
  // Nobody is left to tell; the nodes forget the wish by themselves.
  [[maybe_unused]] const auto ended = stop_sampling();
}

outcome<json::object> asked_traces::call(std::string_view method, const std::string& path,
                                         const std::optional<json::value>& body) {
  const auto answer =
      cluster_.ask(method, path, body, client::call_limits{client::http_call_timeout, answer_bytes_max});
  if (answer.has_error()) return answer.error();
  if (answer->is_good()) return client::object_in(answer->body);
  if (answer->status == 404)
    return problem{trouble::failed,
                   fmt::format("this node knows no traces: it is of an older version than this "
                               "parley ({})",
                               answer->error_message())};
  return problem{trouble::failed, answer->error_message()};
}

outcome<void> asked_traces::skip_what_was() {
  cursor_ = "now";
  const auto answer = next();
  if (answer.has_error()) return answer.error();
  return {};
}

outcome<void> asked_traces::sample(sampling_wish wish) {
  json::object body{{"sample", wish.sample}, {"for_s", wish_lasts.count()}};
  if (!wish.conversation.empty()) body["conversation"] = wish.conversation;
  if (!wish.session.empty()) body["session"] = wish.session;
  if (!wish.node.empty()) body["node"] = wish.node;
  const bool is_first = !wish_;
  // Before the call: what it began is to be ended also when its answer is lost.
  wish_ = std::move(wish);
  renew_at_ = std::chrono::steady_clock::now() + renewed_after;
  const auto answer = call("POST", "/v1/operator/traces/sampling", body);
  if (answer.has_error()) return answer.error();
  if (!is_first) return {};
  for (const auto& each : client::array_of(*answer, "missing"))
    commands::say(
        view::safe_text(fmt::format("{} traces nothing: {}", client::text_of(client::object_in(each), "node"),
                                    client::text_of(client::object_in(each), "why"))));
  return {};
}

outcome<void> asked_traces::keep_sampling() {
  if (!wish_ || std::chrono::steady_clock::now() < renew_at_) return {};
  return sample(*wish_);
}

outcome<void> asked_traces::stop_sampling() {
  if (!wish_) return {};
  wish_.reset();
  const auto answer = call("POST", "/v1/operator/traces/sampling", json::object{{"sample", 0}});
  if (answer.has_error()) return answer.error();
  return {};
}

outcome<collection> asked_traces::next() {
  std::string path = fmt::format("/v1/operator/traces?limit={}", spans_of_a_node_max);
  if (!cursor_.empty()) path += "&cursor=" + commands::encoded(cursor_);
  if (names_) path += "&names=true";
  const auto answer = call("GET", path, std::nullopt);
  if (answer.has_error()) return answer.error();
  auto read = read_collection(*answer);
  if (read.has_error())
    return problem{trouble::failed,
                   fmt::format("the node's answer about traces: {}; are it and this program of "
                               "the same version?",
                               read.error().message)};
  cursor_ = read->cursor;
  return read;
}

}  // namespace parley::trace
