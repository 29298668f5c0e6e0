#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tools/parley/client/json.hpp"
#include "tools/parley/client/problem.hpp"

// What the report's page draws, made of an experiment's folder. tools/web/report draws it.

namespace parley::experiment {

namespace json = client::json;

/// A time axis of equal steps, in seconds of the load.
struct time_steps {
  double step_s = 1;
  std::size_t count = 1;

  /// At most 240 steps, of at least a second.
  static time_steps of(double seconds);
  /// Which step a moment lies in; `count` when in none.
  [[nodiscard]] std::size_t at(double second) const;
  /// The middles of the steps.
  [[nodiscard]] json::array middles() const;
};

/// A fault as it happened; negative: not.
struct happened {
  std::string said;
  std::string nodes;
  std::string note;
  double began_s = -1;
  double over_s = -1;
};

/// A folder of an experiment, as far as all parts of the report need it.
struct measured_folder {
  std::filesystem::path path;
  json::object manifest;
  json::object result;
  std::string yaml;
  double load_s = 0;
  double time_zero_ms = 0;
  std::vector<happened> faults;
  time_steps steps;
  std::vector<std::string> nodes;

  static client::outcome<measured_folder> open(const std::filesystem::path& path);
};

/// Everything that the page needs.
client::outcome<json::object> report_data(const measured_folder& of);

// Its parts, a file each.

/// Rates, latencies, their distribution, and the outage of each fault.
client::outcome<void> add_clients(const measured_folder& of, json::object& to);
/// Mailboxes, commits, shards, sessions, processors.
client::outcome<void> add_metrics(const measured_folder& of, json::object& to);
/// The graph of flows before and after each fault; how long messages waited, by kind of actor.
client::outcome<void> add_topology(const measured_folder& of, json::object& to);
/// The critical path of the traced messages, if there are any.
client::outcome<void> add_traces(const measured_folder& of, json::object& to);

}  // namespace parley::experiment
