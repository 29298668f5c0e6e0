#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tools/parley/experiment/report_data.hpp"
#include "tools/parley/experiment/result.hpp"
#include "tools/parley/trace/critical_path.hpp"
#include "tools/parley/trace/saved_traces.hpp"

namespace parley::experiment {

using client::outcome;

namespace {

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
  const auto file = of.path / "spans.jsonl";
  trace::span_store all;
  // There is none when nothing was to be traced.
  if (std::error_code ignored;
      std::filesystem::exists(file, ignored) && std::filesystem::file_size(file, ignored) > 0) {
    auto read = trace::saved_traces(file.string());
    if (read.has_error()) return read.error();
    for (auto& each : read->spans) all.add(std::move(each));
  }
  // Messages of different ways (from here or from another node) cannot be averaged: by the names on their
  // way.
  std::map<std::string, std::vector<way_step>> ways;
  std::map<std::string, std::vector<double>> totals;
  std::size_t whole = 0;
  std::size_t without_commit = 0;
  const auto traces = all.traces();
  for (const auto& id : traces) {
    const auto tree = trace::make_tree(id, all);
    const auto path = trace::find_critical_path(tree);
    if (!path.is_whole || path.steps.size() < 2) continue;
    ++whole;
    // Refused, for as long as the owner was away, or known already: not the way of a message.
    const bool committed = std::ranges::any_of(
        path.steps, [&tree](const trace::step& each) { return tree.at(each.span).name == "commit"; });
    if (!committed) {
      ++without_commit;
      continue;
    }
    const auto& here = tree.at(path.steps.front().span).node;
    std::string way;
    for (const auto& each : path.steps)
      way += tree.at(each.span).name + (tree.at(each.span).node == here ? " " : "* ");
    auto& steps = ways[way];
    steps.resize(path.steps.size());
    for (std::size_t i = 0; i < path.steps.size(); ++i) {
      const auto& at = tree.at(path.steps[i].span);
      steps[i].name = at.name;
      steps[i].kind = at.kind + (at.node == here ? "" : ", another node");
      steps[i].waited_us.push_back(static_cast<double>(std::max<std::int64_t>(at.waited_ns, 0)) / 1e3);
      steps[i].all_us.push_back(static_cast<double>(path.steps[i].took_ns) / 1e3);
    }
    totals[way].push_back(static_cast<double>(path.latency_ns.value_or(0)) / 1e3);
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
  to["traces"] = json::object{
      {"all", traces.size()}, {"whole", whole}, {"without_commit", without_commit}, {"ways", std::move(out)}};
  return {};
}

}  // namespace parley::experiment
