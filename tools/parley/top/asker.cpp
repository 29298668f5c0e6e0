#include "tools/parley/top/asker.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/parley/commands/cluster_nodes.hpp"

namespace parley::top {

using client::http_answer;
using client::outcome;
using client::problem;
using client::text_of;
using client::trouble;
namespace json = client::json;
using clock = std::chrono::steady_clock;

namespace {

/// How old a list of addresses may become.
constexpr std::chrono::seconds addresses_age_max{30};
/// How soon it is asked for again when there are more nodes than addresses.
constexpr std::chrono::seconds missing_address_age_max{2};
constexpr int raised_for_s = 600;

problem refusal_in(const http_answer& answer) {
  if (answer.status == 404)
    return {trouble::failed, fmt::format("this node knows no topology: it is of an older version than this "
                                         "parley ({})",
                                         answer.error_message())};
  return {trouble::failed, answer.error_message()};
}

}  // namespace

/// `nodes` is how many there are: one that has just started may not have told its address yet.
void asker::learn_addresses(std::size_t nodes) {
  const auto age_max = addresses_.size() < nodes ? missing_address_age_max : addresses_age_max;
  if (learned_at_ != clock::time_point{} && clock::now() - learned_at_ < age_max) return;
  learned_at_ = clock::now();
  const auto seen = commands::ask_for_nodes(calls_);
  if (seen.has_error()) return;
  addresses_.clear();
  for (const auto& each : seen->nodes) {
    const auto& node = client::object_in(each);
    if (const auto url = text_of(node, "url"); !url.empty() && text_of(node, "state") != "gone")
      addresses_[text_of(node, "name")] = url;
  }
}

outcome<http_answer> asker::call(std::string_view method, const std::string& path,
                                 const std::optional<json::value>& body, std::string& note) {
  auto answer = calls_.ask(method, path, body);
  if (!answer.has_error() || answer.error().kind != trouble::unreachable) return answer;
  for (const auto& [name, url] : addresses_) {
    if (name == asked_) continue;
    auto other = calls_.at(url);
    if (!other) continue;
    auto others = other->ask(method, path, body);
    if (others.has_error()) continue;
    note = fmt::format("{} does not answer any more: {} is asked now", asked_, name);
    calls_ = std::move(*other);
    asked_ = name;
    return others;
  }
  return answer;
}

outcome<snapshot> asker::take(const question& asked, answers& into) {
  auto answer = call("GET", asked.path, std::nullopt, into.note);
  if (answer.has_error()) return answer.error();
  into.bytes += answer->text.size();
  if (!answer->is_good()) return refusal_in(*answer);
  auto read = read_snapshot(answer->body);
  if (read.has_value()) asked_ = read->answered_by;
  return read;
}

answers asker::ask(const std::vector<question>& questions) {
  answers told;
  std::size_t nodes = 0;
  const auto began = clock::now();
  for (const auto& each : questions) {
    told.parts.emplace_back(each, take(each, told));
    const auto& got = told.parts.back().second;
    if (got.has_error()) return told;
    if (each.what == question::about::whole)
      nodes = static_cast<std::size_t>(
          std::ranges::count_if(got->nodes, [](const auto& node) { return !node.missing; }));
  }
  told.took_ms = std::chrono::duration<double, std::milli>(clock::now() - began).count();
  learn_addresses(nodes);
  return told;
}

outcome<std::string> asker::set_level(const std::string& level) {
  json::object body{{"level", level}};
  if (level != "kinds") body["for_s"] = raised_for_s;
  std::string note;
  const auto answer = call("POST", "/v1/operator/topology/level", body, note);
  if (answer.has_error()) return answer.error();
  if (!answer->is_good()) return refusal_in(*answer);
  const auto& said = client::object_in(answer->body);
  const auto until = text_of(said, "until");
  auto words = fmt::format("all nodes are at level {}{}", text_of(said, "level"),
                           until.empty() ? ", as configured" : " until " + clock_of(until) + " UTC");
  for (const auto& each : client::array_of(said, "missing"))
    words += fmt::format("; but not {}: {}", text_of(client::object_in(each), "node"),
                         text_of(client::object_in(each), "why"));
  return words;
}

}  // namespace parley::top
