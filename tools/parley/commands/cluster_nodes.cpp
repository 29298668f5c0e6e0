#include "tools/parley/commands/cluster_nodes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/parley/commands/output.hpp"

namespace parley::commands {

using client::number_of;
using client::outcome;
using client::text_of;
namespace json = client::json;
using std::chrono::milliseconds;

namespace {

/// Beats come each second; what is closer together is the same one, seen twice over a network.
constexpr milliseconds between_beats{500};

bool is_gone(const json::object& node) { return text_of(node, "state") == "gone"; }

/// Of a figure in microseconds.
std::string ms_text(std::uint64_t us) {
  if (us == 0) return "-";
  return us < 10'000 ? fmt::format("{:.1f} ms", static_cast<double>(us) / 1'000)
                     : fmt::format("{} ms", us / 1'000);
}

/// Of the slowest link, and to whom it goes.
std::string lag_text(const json::object& node) {
  const auto most = number_of(node, "link_lag_ms");
  for (const auto& each : client::array_of(node, "link_lags")) {
    const auto& link = client::object_in(each);
    if (most != 0 && number_of(link, "lag_ms") == most)
      return fmt::format("{} ms to {}", most, text_of(link, "peer"));
  }
  return fmt::format("{} ms", most);
}

}  // namespace

const json::object* cluster_nodes::living(const std::string& incarnation) const {
  for (const auto& each : nodes) {
    const auto& node = client::object_in(each);
    if (text_of(node, "incarnation") == incarnation) return is_gone(node) ? nullptr : &node;
  }
  return nullptr;
}

outcome<cluster_nodes> ask_for_nodes(const operator_calls& calls) {
  const auto answer = calls.call("GET", "/v1/operator/nodes");
  if (answer.has_error()) return answer.error();
  return cluster_nodes{client::array_of(*answer, "nodes"), number_of(*answer, "free_shards"),
                       std::chrono::steady_clock::now()};
}

void message_rates::learn(const cluster_nodes& seen) {
  std::map<std::string, count> now;
  for (const auto& each : seen.nodes) {
    const auto& node = client::object_in(each);
    const auto id = text_of(node, "incarnation");
    const auto messages = number_of(node, "messages");
    const auto beat = seen.at - milliseconds{number_of(node, "beat_age_ms")};
    const auto before = counts_.find(id);
    if (before == counts_.end()) {
      now[id] = {messages, beat, std::nullopt};
      continue;
    }
    const auto passed = beat - before->second.beat;
    if (passed < between_beats) {
      now[id] = before->second;
      continue;
    }
    const auto more = messages - std::min(messages, before->second.messages);
    now[id] = {messages, beat, static_cast<double>(more) / std::chrono::duration<double>(passed).count()};
  }
  counts_ = std::move(now);
}

std::optional<double> message_rates::of(const std::string& incarnation) const {
  const auto found = counts_.find(incarnation);
  return found == counts_.end() ? std::nullopt : found->second.per_second;
}

std::vector<std::vector<std::string>> table_of(const cluster_nodes& seen, const message_rates& rates) {
  std::vector<std::vector<std::string>> rows{{"NODE", "STATE", "VERSION", "SHARDS", "CONVERSATIONS",
                                              "SESSIONS", "MSG/S", "COMMIT P99", "LINK LAG", "LINKS", "URL"}};
  const auto living =
      std::ranges::count_if(seen.nodes, [](const auto& each) { return !is_gone(client::object_in(each)); });
  for (const auto& each : seen.nodes) {
    const auto& node = client::object_in(each);
    auto name = text_of(node, "name");
    auto url = or_dash(text_of(node, "url"));
    if (is_gone(node)) {
      rows.push_back({name, "gone", text_of(node, "version"), "0", "-", "-", "-", "-", "-", "-", url});
      continue;
    }
    const auto rate = rates.of(text_of(node, "incarnation"));
    rows.push_back(
        {std::move(name), text_of(node, "state"), text_of(node, "version"),
         std::to_string(number_of(node, "shards")), std::to_string(number_of(node, "conversations")),
         std::to_string(number_of(node, "sessions")),
         !rate         ? "-"
         : *rate < 100 ? fmt::format("{:.1f}", *rate)
                       : fmt::format("{:.0f}", *rate),
         ms_text(number_of(node, "commit_p99_us")), living < 2 ? "-" : lag_text(node),
         fmt::format("{}/{}", client::array_of(node, "links").size(), living - 1), std::move(url)});
  }
  return rows;
}

std::vector<std::string> remarks_about(const cluster_nodes& seen) {
  std::vector<std::string> remarks;
  for (const auto& each : seen.nodes) {
    const auto& node = client::object_in(each);
    const auto name = text_of(node, "name");
    const auto age = duration_text(number_of(node, "beat_age_ms"));
    if (is_gone(node))
      remarks.push_back(
          fmt::format("{} was last heard of {} ago; start it again, or leave it: the others "
                      "have its shards",
                      name, age));
    else if (number_of(node, "beat_age_ms") > 3'000)
      remarks.push_back(
          fmt::format("{} was last heard of {} ago: frozen, dead, or cut off from the database", name, age));
    else if (text_of(node, "state") == "secluded")
      remarks.push_back(
          fmt::format("{} does not reach its peers and holds nothing until it does: look at the "
                      "network between them, and at its log",
                      name));
  }
  if (seen.free_shards != 0)
    remarks.push_back(
        fmt::format("{} shards are held by nobody: their conversations wait until a node takes "
                    "them, which takes a second or two",
                    seen.free_shards));
  return remarks;
}

std::string duration_text(std::uint64_t ms) {
  if (ms < 1'000) return fmt::format("{} ms", ms);
  const auto seconds = ms / 1'000;
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3'600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  if (seconds < 86'400) return fmt::format("{} h {} min", seconds / 3'600, seconds / 60 % 60);
  return fmt::format("{} d {} h", seconds / 86'400, seconds / 3'600 % 24);
}

}  // namespace parley::commands
