#include "tools/parley/topology/asked_cluster.hpp"

#include <fmt/format.h>

#include <future>

#include "tools/parley/commands/cluster_nodes.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::topology {

using client::call_limits;
using client::http_answer;
using client::outcome;
using client::problem;
using client::trouble;
using commands::encoded;
using commands::operator_calls;
using namespace std::chrono_literals;

namespace {

/// All actors of a large cluster: 16 nodes with 50,000 of 300 bytes each.
constexpr std::size_t snapshot_bytes_max = 256UL << 20U;
constexpr auto changes_timeout = 2s;

const char* name_of(top_by what) {
  switch (what) {
    case top_by::mailbox:
      return "mailbox";
    case top_by::time:
      return "time";
    case top_by::messages:
      break;
  }
  return "messages";
}

problem refused(const http_answer& answer, const char* what) {
  if (answer.status == 404)
    return {trouble::failed,
            fmt::format("this node knows no {}: it is of an older version than this parley ({})", what,
                        answer.error_message())};
  return {trouble::failed, answer.error_message()};
}

outcome<node_changes> changes_at(const operator_calls& node, std::uint64_t after, bool with_names) {
  const auto answer = node.ask("GET",
                               fmt::format("/v1/operator/topology/changes?after={}&wait_s=0{}", after,
                                           with_names ? "&names=true" : ""),
                               std::nullopt, {changes_timeout, client::http_answer_bytes_max});
  if (answer.has_error()) return answer.error();
  if (!answer->is_good()) return refused(*answer, "changes of actors");
  return read_changes(answer->body);
}

}  // namespace

std::string snapshot_query::path() const {
  std::string query = fmt::format("edges={}", edges);
  for (const auto& each : wanted.kinds) query += "&kind=" + encoded(each);
  if (!wanted.node.empty()) query += "&node=" + encoded(wanted.node);
  if (!wanted.entity.empty()) query += "&entity=" + encoded(wanted.entity);
  if (wanted.top != 0) query += fmt::format("&top={}&by={}", wanted.top, name_of(wanted.by));
  if (!actors) query += "&actors=false";
  if (names) query += "&names=true";
  return "/v1/operator/topology?" + query;
}

outcome<asked_cluster> asked_cluster::with(const commands::operator_options& options) {
  auto calls = operator_calls::with(options);
  if (calls.has_error()) return calls.error();
  return asked_cluster{std::move(*calls)};
}

void asked_cluster::learn_addresses() {
  const auto seen = commands::ask_for_nodes(calls_);
  if (seen.has_error()) return;
  for (const auto& each : seen->nodes) {
    const auto& node = client::object_in(each);
    const auto url = client::text_of(node, "url");
    if (url.empty() || client::text_of(node, "state") == "gone") continue;
    addresses_[client::text_of(node, "name")] = url;
  }
}

outcome<http_answer> asked_cluster::ask(std::string_view method, const std::string& path,
                                        const std::optional<json::value>& body, const call_limits& limits) {
  auto answer = calls_.ask(method, path, body, limits);
  if (!answer.has_error() || answer.error().kind != trouble::unreachable) return answer;
  // Any node answers for all.
  for (const auto& [name, url] : addresses_) {
    if (name == asked_) continue;
    const auto other = calls_.at(url);
    if (!other) continue;
    auto others = other->ask(method, path, body, limits);
    if (others.has_error()) continue;
    calls_ = *other;
    asked_ = name;
    return others;
  }
  return answer;
}

outcome<snapshot> asked_cluster::take(const snapshot_query& query) {
  const auto answer = ask("GET", query.path(), std::nullopt, {query.timeout, snapshot_bytes_max});
  if (answer.has_error()) return answer.error();
  if (!answer->is_good()) return refused(*answer, "topology");
  auto taken = read_snapshot(answer->body);
  if (taken.has_error()) return taken;
  asked_ = taken->answered_by;
  return taken;
}

outcome<void> asked_cluster::count_edges(std::chrono::seconds how_long) {
  const auto answer = ask("POST", "/v1/operator/topology/level",
                          json::object{{"level", "edges"}, {"for_s", how_long.count()}}, call_limits{});
  if (answer.has_error()) return answer.error();
  if (!answer->is_good()) return refused(*answer, "levels of counting");
  for (const auto& each : client::array_of(client::object_in(answer->body), "missing"))
    commands::say(view::safe_text(fmt::format("{} counts no edges: {}",
                                              client::text_of(client::object_in(each), "node"),
                                              client::text_of(client::object_in(each), "why"))));
  return {};
}

std::vector<std::pair<std::string, outcome<node_changes>>> asked_cluster::changes(
    const std::map<std::string, std::uint64_t>& after, bool with_names) {
  for (const auto& [name, number] : after)
    if (name != asked_ && !addresses_.contains(name)) {
      learn_addresses();
      break;
    }
  std::vector<std::pair<std::string, std::future<outcome<node_changes>>>> asked;
  for (const auto& [name, number] : after) {
    auto node = std::optional<operator_calls>{calls_};
    if (name != asked_) {
      const auto address = addresses_.find(name);
      node = address == addresses_.end() ? std::nullopt : calls_.at(address->second);
    }
    if (!node) {
      std::promise<outcome<node_changes>> unknown;
      unknown.set_value(problem{trouble::unreachable, "it does not say where it listens"});
      asked.emplace_back(name, unknown.get_future());
      continue;
    }
    asked.emplace_back(name,
                       std::async(std::launch::async, changes_at, std::move(*node), number, with_names));
  }
  std::vector<std::pair<std::string, outcome<node_changes>>> out;
  for (auto& [name, answer] : asked) {
    auto found = answer.get();
    // Its address may be another one after a new start.
    if (found.has_error()) addresses_.erase(name);
    if (!found.has_error() && found->node != name) {
      addresses_.erase(name);
      found = problem{trouble::failed, fmt::format("another node, {}, listens there now", found->node)};
    }
    out.emplace_back(name, std::move(found));
  }
  return out;
}

}  // namespace parley::topology
