#include "tools/parley/experiment/result.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/parley/experiment/manifest.hpp"

namespace parley::experiment {

namespace json = client::json;

std::vector<double> sorted_waits_ms(const history& of) {
  std::vector<double> out;
  for (const auto& each : of.sent)
    if (each.acknowledged != never)
      out.push_back(static_cast<double>((each.acknowledged - each.planned).count()) / 1e3);
  std::ranges::sort(out);
  return out;
}

double at_part(const std::vector<double>& sorted, double part) {
  if (sorted.empty()) return 0;
  const auto place = static_cast<std::size_t>(part * static_cast<double>(sorted.size()));
  return sorted[std::min(place, sorted.size() - 1)];
}

json::object to_json(const run_result& what, const settings& of, const history& seen) {
  const auto& judged = what.judged;
  const auto waits = sorted_waits_ms(seen);
  json::array examples;
  for (const auto& each : judged.examples) examples.emplace_back(each);
  json::array notes;
  for (const auto& each : what.notes) notes.emplace_back(each);
  json::object latency;
  for (const auto& [name, part] : {std::pair{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"max", 1.0}})
    latency[name] = waits.empty() ? json::value{} : json::value(at_part(waits, part));
  return {{"schema", folder_schema},
          {"name", of.name},
          {"seed", of.seed},
          {"ended_early", what.ended_early},
          {"settled", what.is_settled},
          {"load_s", static_cast<double>(what.load_us.count()) / 1e6},
          {"sent", judged.sent},
          {"acknowledged", judged.acknowledged},
          {"refused", judged.refused},
          {"unanswered", judged.unanswered},
          {"deliveries", judged.deliveries},
          {"deliveries_of_acknowledged_due", judged.deliveries_due},
          {"shown_though_unacknowledged", judged.unacknowledged_seen},
          {"lost", judged.lost},
          {"doubled", judged.doubled},
          {"reordered", judged.reordered},
          {"examples", std::move(examples)},
          {"acknowledged_after_ms", std::move(latency)},
          {"traces", what.has_traces},
          {"notes", std::move(notes)}};
}

std::vector<std::string> readable(const run_result& what, const history& seen) {
  const auto& judged = what.judged;
  const auto waits = sorted_waits_ms(seen);
  std::vector<std::string> out;
  out.push_back(fmt::format("{}{} messages sent, {} acknowledged, {} refused, {} unanswered; {} deliveries",
                            what.ended_early ? "ended early: " : "", judged.sent, judged.acknowledged,
                            judged.refused, judged.unanswered, judged.deliveries));
  if (!waits.empty())
    out.push_back(
        fmt::format("acknowledged after (ms): half within {:.1f}, 99 % within {:.1f}, at most {:.1f}",
                    at_part(waits, 0.5), at_part(waits, 0.99), waits.back()));
  if (!what.is_settled)
    out.emplace_back(
        "not everything had been shown to everybody at the end: what is missing there is not judged");
  out.push_back(fmt::format("history: {} lost, {} doubled, {} reordered", judged.lost, judged.doubled,
                            judged.reordered));
  for (const auto& each : judged.examples) out.push_back("  " + each);
  for (const auto& each : what.notes) out.push_back("note: " + each);
  return out;
}

}  // namespace parley::experiment
