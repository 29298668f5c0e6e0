#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <unordered_map>

#include "tools/parley/experiment/report_data.hpp"
#include "tools/parley/experiment/result.hpp"

namespace parley::experiment {

using client::number_of;
using client::outcome;
using client::text_of;

namespace {

/// A span as the report needs it; times in microseconds.
struct hop {
  std::string id;
  std::string parent;
  std::string name;
  std::string kind;
  std::string node;
  std::int64_t at_ns = 0;
  double waited_us = 0;
  double took_us = 0;
};

using trace = std::vector<hop>;

/// Signed members too: clocks of two nodes may differ.
double real_in(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

hop hop_in(const json::object& span) {
  hop out;
  out.id = text_of(span, "span");
  out.parent = text_of(span, "parent");
  out.name = text_of(span, "name");
  out.kind = text_of(span, "kind");
  out.node = text_of(span, "node");
  const auto at = text_of(span, "at_ns");
  std::from_chars(at.data(), at.data() + at.size(), out.at_ns);
  out.waited_us = std::max(0.0, real_in(span, "waited_ns") / 1e3);
  out.took_us = std::max(0.0, real_in(span, "took_ns") / 1e3);
  return out;
}

/// From the root to the reply that its sender read; nothing when the trace is not whole.
std::vector<const hop*> critical_path(const trace& of) {
  std::unordered_map<std::string, const hop*> by_id;
  for (const auto& each : of) by_id[each.id] = &each;
  const hop* reply = nullptr;
  for (const auto& each : of)
    if (each.name == "write_reply" && (reply == nullptr || each.at_ns < reply->at_ns)) reply = &each;
  if (reply == nullptr) return {};
  std::vector<const hop*> path;
  for (const auto* at = reply; at != nullptr && path.size() < 100;) {
    path.push_back(at);
    if (at->parent.empty()) break;
    const auto found = by_id.find(at->parent);
    at = found == by_id.end() ? nullptr : found->second;
    if (at == nullptr) return {};
  }
  std::ranges::reverse(path);
  return path;
}

/// A step of the path, over all traces with the same path.
struct way_step {
  std::string name;
  std::string kind;
  std::vector<double> waited_us;
  std::vector<double> all_us;  // until the next step begins; of the last one until its own end
};

json::object step_json(way_step& of) {
  std::ranges::sort(of.waited_us);
  std::ranges::sort(of.all_us);
  return {{"name", of.name},
          {"kind", of.kind},
          {"waited_us", at_part(of.waited_us, 0.5)},
          {"all_us", at_part(of.all_us, 0.5)},
          {"p99_us", at_part(of.all_us, 0.99)}};
}

}  // namespace

outcome<void> add_traces(const measured_folder& of, json::object& to) {
  std::ifstream in{of.path / "spans.jsonl"};
  std::map<std::string, trace> all;
  for (std::string line; in.is_open() && std::getline(in, line);) {
    const auto value = client::parse_json(line);
    if (!value || !value->is_object()) continue;
    all[text_of(value->get_object(), "trace")].push_back(hop_in(value->get_object()));
  }
  // Messages of different ways (from here or from another node) cannot be averaged: by the names on their
  // way.
  std::map<std::string, std::vector<way_step>> ways;
  std::map<std::string, std::vector<double>> totals;
  std::size_t whole = 0;
  for (const auto& [id, spans] : all) {
    const auto path = critical_path(spans);
    if (path.size() < 2) continue;
    ++whole;
    std::string way;
    for (const auto* each : path) way += each->name + (each->node == path.front()->node ? " " : "* ");
    auto& steps = ways[way];
    steps.resize(path.size());
    for (std::size_t i = 0; i < path.size(); ++i) {
      const auto& at = *path[i];
      steps[i].name = at.name;
      steps[i].kind = at.kind + (at.node == path.front()->node ? "" : ", another node");
      steps[i].waited_us.push_back(at.waited_us);
      steps[i].all_us.push_back(i + 1 < path.size()
                                    ? std::max(0.0, static_cast<double>(path[i + 1]->at_ns - at.at_ns) / 1e3)
                                    : at.waited_us + at.took_us);
    }
    totals[way].push_back(static_cast<double>(path.back()->at_ns - path.front()->at_ns) / 1e3 +
                          path.back()->waited_us + path.back()->took_us);
  }
  std::vector<std::pair<std::size_t, std::string>> order;
  for (const auto& [way, each] : totals) order.emplace_back(each.size(), way);
  std::ranges::sort(order, std::greater{});
  json::array out;
  for (std::size_t i = 0; i < std::min<std::size_t>(order.size(), 2); ++i) {
    json::array steps;
    for (auto& each : ways[order[i].second]) steps.push_back(step_json(each));
    auto& total = totals[order[i].second];
    std::ranges::sort(total);
    out.push_back(json::object{{"traces", order[i].first},
                               {"total_us", at_part(total, 0.5)},
                               {"total_p99_us", at_part(total, 0.99)},
                               {"steps", std::move(steps)}});
  }
  to["traces"] = json::object{{"all", all.size()}, {"whole", whole}, {"ways", std::move(out)}};
  return {};
}

}  // namespace parley::experiment
