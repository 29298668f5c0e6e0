#include "tools/parley/experiment/fault_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tools/parley/client/http_call.hpp"
#include "tools/parley/experiment/schedule.hpp"

namespace parley::experiment {

using client::outcome;
using namespace std::chrono_literals;

namespace {

/// The owner of a group is asked for so long before it is needed.
constexpr microseconds asked_before = 300ms;
constexpr auto owner_within = 1s;

}  // namespace

fault_runner::fault_runner(cluster& where, const settings& from, const std::vector<std::string>& groups)
    : where_(where), groups_(groups) {
  for (const auto& each : from.faults) {
    auto& one = all_.emplace_back();
    one.what = each;
  }
}

std::future<std::string> fault_runner::ask_owner(std::size_t group) const {
  std::vector<client::endpoint> nodes;
  for (std::size_t i = 0; i < where_.size(); ++i)
    if (where_.takes_clients(i)) nodes.push_back(where_.at(i));
  return std::async(std::launch::async, [nodes, token = where_.token(), id = groups_[group - 1]] {
    for (const auto& each : nodes) {
      const auto answer = client::http_call(each, "GET", "/v1/operator/where?conversation=" + id,
                                            std::nullopt, token, owner_within);
      if (answer.has_error() || !answer->is_good()) continue;
      if (auto owner = client::text_of(client::object_in(answer->body), "owner"); !owner.empty())
        return owner;
    }
    return std::string{};
  });
}

std::optional<std::vector<std::size_t>> fault_runner::nodes_of(running& one) {
  switch (one.what.whom) {
    case victim::node:
      return std::vector<std::size_t>{one.what.number - 1};
    case victim::ended: {
      std::vector<std::size_t> out;
      for (std::size_t i = 0; i < where_.size(); ++i)
        if (!where_.runs(i)) out.push_back(i);
      return out;
    }
    case victim::owner: {
      if (one.owner.wait_for(0s) != std::future_status::ready) return std::nullopt;
      const auto name = one.owner.get();
      for (std::size_t i = 0; i < where_.size(); ++i)
        if (node_name(i) == name) return std::vector<std::size_t>{i};
      one.note = fmt::format("nobody owned {}", group_name(one.what.number - 1));
      return std::vector<std::size_t>{};
    }
    case victim::postgres:
      break;
  }
  return std::vector<std::size_t>{};
}

std::string fault_runner::begin(running& one, microseconds now) {
  one.began = now;
  if (one.what.whom == victim::postgres) {
    where_.restart_database();
    return one.what.said;
  }
  std::erase_if(one.nodes, [&](std::size_t node) {
    const bool fits = where_.runs(node) != (one.what.what == act::start);
    if (!fits) one.note = node_name(node) + (where_.runs(node) ? " runs already" : " does not run");
    return !fits;
  });
  for (const auto node : one.nodes) {
    switch (one.what.what) {
      case act::kill:
        where_.kill(node);
        break;
      case act::freeze:
        where_.freeze(node);
        break;
      case act::restart:
        one.starts_afterwards = true;
        [[fallthrough]];
      case act::drain:
        where_.drain(node);
        break;
      case act::start:
        where_.start_again(node);
        break;
    }
  }
  if (one.nodes.empty()) {
    one.over = now;
    if (one.note.empty()) one.note = "there was nobody whom it could have met";
    return fmt::format("{}: nothing was done, {}", one.what.said, one.note);
  }
  std::string names;
  for (const auto node : one.nodes) names += (names.empty() ? "" : ", ") + node_name(node);
  return fmt::format("{} ({})", one.what.said, names);
}

std::vector<std::string> fault_runner::go_on(microseconds now, const std::vector<cluster_event>& news) {
  std::vector<std::string> lines;
  for (auto& one : all_) {
    if (one.began == never) {
      if (one.what.whom == victim::owner && !one.owner.valid() && now >= one.what.at - asked_before)
        one.owner = ask_owner(one.what.number);
      if (now < one.what.at) continue;
      auto nodes = nodes_of(one);
      if (!nodes) continue;
      one.nodes = std::move(*nodes);
      lines.push_back(begin(one, now));
      continue;
    }
    if (one.over != never) continue;
    if (one.what.what == act::freeze && now >= one.began + one.what.lasts) {
      for (const auto node : one.nodes) where_.thaw(node);
      one.over = now;
      lines.push_back(fmt::format("{} goes on", node_name(one.nodes.front())));
    }
    for (const auto& each : news) {
      const bool is_met = std::ranges::find(one.nodes, each.node) != one.nodes.end();
      if (each.what == cluster_event::kind::database_ready) {
        if (one.what.whom == victim::postgres) one.over = now;
      } else if (!is_met || one.what.whom == victim::postgres || one.over != never) {
        continue;
      } else if (each.what == cluster_event::kind::ended) {
        if (std::exchange(one.starts_afterwards, false))
          where_.start_again(each.node);
        else if (one.what.what == act::kill || one.what.what == act::drain)
          one.over = now;
      } else if (one.what.what == act::restart || one.what.what == act::start) {
        one.over = now;
      }
    }
  }
  return lines;
}

microseconds fault_runner::next() const {
  auto first = microseconds::max();
  for (const auto& one : all_) {
    if (one.began == never)
      first = std::min(first, one.what.whom == victim::owner && !one.owner.valid()
                                  ? microseconds{one.what.at} - asked_before
                                  : microseconds{one.what.at});
    else if (one.over == never && one.what.what == act::freeze)
      first = std::min(first, one.began + one.what.lasts);
  }
  return first;
}

void fault_runner::end() {
  for (const auto& one : all_)
    if (one.what.what == act::freeze && one.began != never && one.over == never)
      for (const auto node : one.nodes) where_.thaw(node);
}

outcome<void> fault_runner::write(const std::filesystem::path& file) const {
  csv_file out;
  if (auto done = out.open(file, "fault,said,what,nodes,planned_us,began_us,over_us,note"); done.has_error())
    return done;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    const auto& one = all_[i];
    std::string nodes;
    for (const auto node : one.nodes) nodes += (nodes.empty() ? "" : " ") + node_name(node);
    if (one.what.whom == victim::postgres) nodes = "postgres";
    out.row(fmt::format("{},{},{},{},{},{},{},{}", i + 1, csv_cell(one.what.said), name_of(one.what.what),
                        nodes, microseconds{one.what.at}.count(), moment_cell(one.began),
                        moment_cell(one.over), csv_cell(one.note)));
  }
  return {};
}

}  // namespace parley::experiment
