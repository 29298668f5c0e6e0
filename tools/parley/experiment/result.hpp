#pragma once

#include <string>
#include <vector>

#include "tools/parley/client/json.hpp"
#include "tools/parley/experiment/history_check.hpp"
#include "tools/parley/experiment/settings.hpp"

namespace parley::experiment {

/// What came out of a run.
struct run_result {
  verdict judged;
  bool ended_early = false;  // by a signal
  bool is_settled = false;   // everything was answered and shown to everybody before the end
  microseconds load_us{0};   // how long there was load
  bool has_traces = false;
  std::vector<std::string> notes;
};

/// How long people waited for their answers, in ms: of the sorted acknowledgements, at a part of them.
std::vector<double> sorted_waits_ms(const history& of);
double at_part(const std::vector<double>& sorted, double part);

/// result.json.
client::json::object to_json(const run_result& what, const settings& of, const history& seen);
/// The same for people.
std::vector<std::string> readable(const run_result& what, const history& seen);

}  // namespace parley::experiment
