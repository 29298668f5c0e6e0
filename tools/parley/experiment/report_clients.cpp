#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "tools/parley/experiment/csv.hpp"
#include "tools/parley/experiment/report_data.hpp"
#include "tools/parley/experiment/result.hpp"

namespace parley::experiment {

using client::outcome;
using client::problem;
using client::trouble;

namespace {

/// A message as the report needs it; times in seconds, negative for never.
struct said_message {
  double planned = 0;
  double acknowledged = -1;
  double shown = -1;  // to the last member who was shown it
};

struct steps_of_numbers {
  explicit steps_of_numbers(std::size_t count) : values(count) {}
  std::vector<std::vector<double>> values;

  /// A number for each step, null where there is none.
  json::array at(double part) {
    json::array out;
    for (auto& each : values) {
      std::ranges::sort(each);
      out.push_back(each.empty() ? json::value{} : json::value(at_part(each, part)));
    }
    return out;
  }
};

double real_cell(const std::string& text) { return text.empty() ? -1e6 : std::strtod(text.c_str(), nullptr); }

json::array per_second(const std::vector<double>& counts, const time_steps& steps, double load_s) {
  json::array out;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    // The last step may be cut off by the end.
    const auto length = std::min(steps.step_s, load_s - static_cast<double>(i) * steps.step_s);
    out.emplace_back(length > 0.05 ? counts[i] / length : 0.0);
  }
  return out;
}

/// Milliseconds below which a part of all lies: fine at the top, where it matters.
json::object distribution(std::vector<double> acknowledged, std::vector<double> delivered) {
  std::ranges::sort(acknowledged);
  std::ranges::sort(delivered);
  json::array parts;
  json::array of_acknowledged;
  json::array of_delivered;
  const auto at = [&](double part) {
    parts.emplace_back(part);
    of_acknowledged.push_back(acknowledged.empty() ? json::value{}
                                                   : json::value(at_part(acknowledged, part)));
    of_delivered.push_back(delivered.empty() ? json::value{} : json::value(at_part(delivered, part)));
  };
  for (int i = 0; i < 100; ++i) at(i * 0.0099);
  for (int i = 0; i <= 100; ++i) at(0.99 + i * 0.0001);
  return {{"part", parts}, {"acknowledged_ms", of_acknowledged}, {"delivered_ms", of_delivered}};
}

/// What clients felt of a fault, until the next one.
json::object outage(const std::vector<said_message>& all, double from, double until, double usual_ms) {
  double longest_wait = 0;
  double recovered = from;
  std::uint64_t late = 0;
  std::vector<double> moments{from};
  const double late_after = std::max(100.0, 3 * usual_ms) / 1e3;
  for (const auto& each : all) {
    if (each.acknowledged >= from && each.acknowledged < until) moments.push_back(each.acknowledged);
    if (each.planned >= until || each.acknowledged < from) continue;
    const auto wait = each.acknowledged - std::max(each.planned, from);
    longest_wait = std::max(longest_wait, wait);
    if (wait <= late_after) continue;
    ++late;
    recovered = std::max(recovered, each.acknowledged);
  }
  std::ranges::sort(moments);
  double silence = 0;
  for (std::size_t i = 1; i < moments.size(); ++i) silence = std::max(silence, moments[i] - moments[i - 1]);
  return {{"silence_ms", silence * 1e3},
          {"longest_wait_ms", longest_wait * 1e3},
          {"late", late},
          {"late_after_ms", late_after * 1e3},
          {"usual_after_ms", (recovered - from) * 1e3},
          {"acknowledged", moments.size() - 1}};
}

/// The 99th percentile of what people waited in a span of the load.
double usual_wait_ms(const std::vector<said_message>& all, double from, double until) {
  std::vector<double> waits;
  for (const auto& each : all)
    if (each.planned >= from && each.acknowledged >= 0 && each.acknowledged < until)
      waits.push_back((each.acknowledged - each.planned) * 1e3);
  std::ranges::sort(waits);
  return at_part(waits, 0.99);
}

void add_faults(const measured_folder& of, const std::vector<said_message>& all, json::object& to) {
  json::array faults;
  double before = 0;
  for (std::size_t i = 0; i < of.faults.size(); ++i) {
    const auto& each = of.faults[i];
    const auto next =
        std::ranges::find_if(of.faults.begin() + static_cast<std::ptrdiff_t>(i) + 1, of.faults.end(),
                             [](const happened& later) { return later.began_s >= 0; });
    json::object one{{"said", each.said}, {"nodes", each.nodes}, {"note", each.note}};
    if (each.began_s >= 0) {
      one["began_s"] = each.began_s;
      if (each.over_s >= 0) one["over_s"] = each.over_s;
      const auto until = next == of.faults.end() ? of.load_s + 3'600 : next->began_s;
      one["outage"] = outage(all, each.began_s, until, usual_wait_ms(all, before, each.began_s));
      // The next one is compared with the time when this one had passed.
      before = each.began_s + (until - each.began_s) / 2;
    }
    faults.push_back(std::move(one));
  }
  to["faults"] = std::move(faults);
}

/// A table that was cut would be drawn as an outage that nobody had.
outcome<void> is_whole(const measured_folder& of, std::string_view file, std::uint64_t rows,
                       std::string_view member) {
  const auto said = client::number_of(of.result, member);
  if (rows >= said) return {};
  return problem{trouble::failed, fmt::format("{} is not whole: it tells of {}, and result.json of {}",
                                              (of.path / file).string(), rows, said)};
}

}  // namespace

outcome<void> add_clients(const measured_folder& of, json::object& to) {
  std::vector<said_message> all;
  std::vector<double> planned(of.steps.count);
  std::vector<double> acknowledged(of.steps.count);
  std::vector<double> delivered(of.steps.count);
  const auto count = [&](std::vector<double>& into, double at) {
    if (const auto step = of.steps.at(at); step < into.size()) ++into[step];
  };
  std::uint64_t sends = 0;
  auto done =
      read_csv(of.path / "sends.csv", {"message", "planned_us", "acknowledged_us"}, [&](const auto& cells) {
        const auto index = std::strtoull(cells[0].c_str(), nullptr, 10);
        if (index >= 10'000'000) return;
        ++sends;
        if (all.size() <= index) all.resize(index + 1);
        auto& one = all[index];
        one.planned = real_cell(cells[1]) / 1e6;
        one.acknowledged = real_cell(cells[2]) / 1e6;
        count(planned, one.planned);
        count(acknowledged, one.acknowledged);
      });
  if (!done.has_error()) done = is_whole(of, "sends.csv", sends, "sent");
  if (done.has_error()) return done;
  std::vector<double> shown_ms;
  done = read_csv(of.path / "deliveries.csv", {"at_us", "message"}, [&](const auto& cells) {
    const auto index = std::strtoull(cells[1].c_str(), nullptr, 10);
    if (cells[1].empty() || index >= all.size()) return;
    const auto at = real_cell(cells[0]) / 1e6;
    count(delivered, at);
    all[index].shown = std::max(all[index].shown, at);
    shown_ms.push_back((at - all[index].planned) * 1e3);
  });
  if (!done.has_error()) done = is_whole(of, "deliveries.csv", shown_ms.size(), "deliveries");
  if (done.has_error()) return done;
  std::vector<double> waits_ms;
  steps_of_numbers waits{of.steps.count};
  for (const auto& each : all) {
    if (each.acknowledged < 0) continue;
    waits_ms.push_back((each.acknowledged - each.planned) * 1e3);
    // Where it was to be sent: what people met who wanted to say something then.
    if (const auto step = of.steps.at(each.planned); step < of.steps.count)
      waits.values[step].push_back(waits_ms.back());
  }
  to["rates"] = json::object{{"planned", per_second(planned, of.steps, of.load_s)},
                             {"acknowledged", per_second(acknowledged, of.steps, of.load_s)},
                             {"delivered", per_second(delivered, of.steps, of.load_s)}};
  to["latency"] = json::object{
      {"p50", waits.at(0.5)}, {"p90", waits.at(0.9)}, {"p99", waits.at(0.99)}, {"max", waits.at(1)}};
  to["distribution"] = distribution(std::move(waits_ms), std::move(shown_ms));
  add_faults(of, all, to);
  return {};
}

}  // namespace parley::experiment
