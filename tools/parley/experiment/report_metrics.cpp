#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>

#include "tools/parley/experiment/csv.hpp"
#include "tools/parley/experiment/report_data.hpp"

namespace parley::experiment {

using client::outcome;

namespace {

/// One value for each step, if there is one.
using series = std::vector<std::optional<double>>;

json::array written(const series& of) {
  json::array out;
  for (const auto& each : of) out.push_back(each ? json::value(*each) : json::value{});
  return out;
}

/// `x` of `{kind="x"}`.
std::string label_in(const std::string& labels, std::string_view name) {
  const auto begin = labels.find(fmt::format("{}=\"", name));
  if (begin == std::string::npos) return {};
  const auto from = begin + name.size() + 2;
  return labels.substr(from, labels.find('"', from) - from);
}

class metrics_report {
public:
  explicit metrics_report(const measured_folder& of) : of_(of) {
    for (const auto& each : of.nodes) nodes_[each] = node{of.steps.count};
  }

  void take(const std::vector<std::string>& cells) {
    const auto found = nodes_.find(cells[1]);
    if (found == nodes_.end()) return;
    const auto at = std::strtod(cells[0].c_str(), nullptr) / 1e6;
    const auto step = of_.steps.at(at);
    if (step >= of_.steps.count) return;
    auto& of = found->second;
    const auto& metric = cells[2];
    const auto value = std::strtod(cells[4].c_str(), nullptr);
    if (metric == "parley_shards_held")
      of.shards[step] = value;
    else if (metric == "parley_sessions")
      of.sessions[step] = value;
    else if (metric == "parley_actor_mailbox_messages")
      mailbox(label_in(cells[3], "kind"), cells[1], step, value);
    else if (metric == "parley_commit_seconds_sum")
      of.commit_s.take(step, value);
    else if (metric == "parley_commit_seconds_count")
      of.commits.take(step, value);
    else if (metric == "parley_commit_batch_entries_sum")
      of.entries.take(step, value);
    else if (metric == "process_cpu_seconds_total")
      of.cpu_s.take(step, value);
    else if (metric == "up")
      up(of, step, value);
  }

  void write(json::object& to) {
    json::object shards;
    json::object sessions;
    json::object commit_ms;
    json::object batch;
    json::object cpu;
    for (auto& [name, each] : nodes_) {
      // A gauge that was never above nothing has no row; while the node answers, it is nothing.
      for (std::size_t i = 0; i < of_.steps.count; ++i) {
        if (!each.is_up[i]) continue;
        if (!each.shards[i]) each.shards[i] = 0;
        if (!each.sessions[i]) each.sessions[i] = 0;
      }
      shards[name] = written(each.shards);
      sessions[name] = written(each.sessions);
      const auto commits = each.commits.steps();
      commit_ms[name] = written(divided(each.commit_s.steps(), commits, 1'000));
      batch[name] = written(divided(each.entries.steps(), commits, 1));
      if (each.cpu_s.has_any()) {
        series percent = each.cpu_s.steps();
        for (auto& value : percent)
          if (value) *value *= 100 / of_.steps.step_s;
        cpu[name] = written(percent);
      }
    }
    to["shards"] = std::move(shards);
    to["sessions"] = std::move(sessions);
    to["commit_ms"] = std::move(commit_ms);
    to["batch"] = std::move(batch);
    to["cpu"] = std::move(cpu);
    to["mailboxes"] = mailboxes();
  }

private:
  /// What a counter grew by, by step. It begins anew with each life of its node.
  class growth {
  public:
    growth() = default;
    explicit growth(std::size_t count) : grown_(count) {}
    void take(std::size_t step, double value) {
      if (last_) grown_[step] = grown_[step].value_or(0) + (value >= *last_ ? value - *last_ : value);
      last_ = value;
    }
    [[nodiscard]] const series& steps() const { return grown_; }
    [[nodiscard]] bool has_any() const { return last_.has_value(); }

  private:
    series grown_;
    std::optional<double> last_;
  };

  struct node {
    node() = default;
    explicit node(std::size_t count)
        : shards(count),
          sessions(count),
          is_up(count),
          commit_s(count),
          commits(count),
          entries(count),
          cpu_s(count) {}
    series shards;
    series sessions;
    std::vector<bool> is_up;
    growth commit_s;
    growth commits;
    growth entries;
    growth cpu_s;
  };

  static void up(node& of, std::size_t step, double value) {
    of.is_up[step] = value > 0;
    if (value > 0) return;
    of.shards[step].reset();
    of.sessions[step].reset();
  }

  static series divided(const series& one, const series& by, double times) {
    series out(one.size());
    for (std::size_t i = 0; i < one.size(); ++i)
      if (one[i] && by[i] && *by[i] > 0) out[i] = *one[i] / *by[i] * times;
    return out;
  }

  void mailbox(const std::string& kind, const std::string& name, std::size_t step, double value) {
    auto& of_kind = mailboxes_[kind][name];
    of_kind.resize(of_.steps.count);
    of_kind[step] = std::max(of_kind[step], value);
  }

  /// By kind over all nodes; the kinds with the most, the others together.
  json::object mailboxes() const {
    std::vector<std::pair<double, std::string>> order;
    std::map<std::string, std::vector<double>> sums;
    for (const auto& [kind, nodes] : mailboxes_) {
      auto& sum = sums[kind];
      sum.resize(of_.steps.count);
      for (const auto& [name, values] : nodes)
        for (std::size_t i = 0; i < values.size(); ++i) sum[i] += values[i];
      order.emplace_back(-*std::ranges::max_element(sum), kind);
    }
    std::ranges::sort(order);
    json::object out;
    for (std::size_t i = 0; i < std::min<std::size_t>(order.size(), 6); ++i) {
      json::array values;
      for (const auto value : sums[order[i].second]) values.emplace_back(value);
      out[order[i].second] = std::move(values);
    }
    return out;
  }

  const measured_folder& of_;
  std::map<std::string, node> nodes_;
  std::map<std::string, std::map<std::string, std::vector<double>>> mailboxes_;
};

}  // namespace

outcome<void> add_metrics(const measured_folder& of, json::object& to) {
  metrics_report all{of};
  const auto done = read_csv(of.path / "metrics.csv", {"at_us", "node", "metric", "labels", "value"},
                             [&](const auto& cells) { all.take(cells); });
  if (done.has_error()) return done;
  all.write(to);
  return {};
}

}  // namespace parley::experiment
