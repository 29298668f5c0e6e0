#include "tools/parley/experiment/report_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "tools/parley/experiment/csv.hpp"
#include "tools/parley/experiment/manifest.hpp"
#include "tools/parley/topology/moment.hpp"
#include "tools/parley/topology/whole_file.hpp"

namespace parley::experiment {

using client::outcome;
using client::problem;
using client::trouble;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t steps_max = 240;

outcome<json::object> object_of(const fs::path& file) {
  const auto text = topology::whole_file(file);
  if (text.has_error()) return text.error();
  auto value = client::parse_json(*text);
  if (!value || !value->is_object())
    return problem{trouble::failed, fmt::format("{} is no JSON object", file.string())};
  return std::move(value->get_object());
}

double seconds_of(const std::string& us) { return us.empty() ? -1 : std::strtod(us.c_str(), nullptr) / 1e6; }

double real_of(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  if (value == nullptr || !value->is_number()) return 0;
  return value->to_number<double>();
}

}  // namespace

time_steps time_steps::of(double seconds) {
  time_steps out;
  out.step_s = std::max(1.0, std::ceil(seconds / static_cast<double>(steps_max)));
  out.count = std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(seconds / out.step_s - 1e-9)));
  return out;
}

std::size_t time_steps::at(double second) const {
  if (second < 0) return count;
  return std::min(count, static_cast<std::size_t>(second / step_s));
}

json::array time_steps::middles() const {
  json::array out;
  for (std::size_t i = 0; i < count; ++i) out.emplace_back((static_cast<double>(i) + 0.5) * step_s);
  return out;
}

outcome<measured_folder> measured_folder::open(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored))
    return problem{trouble::usage, fmt::format("there is no folder {}", path.string())};
  if (!fs::exists(path / "experiment.yaml", ignored))
    return problem{trouble::usage, fmt::format("{} is no folder of an experiment: it has no experiment.yaml; "
                                               "`parley experiment run FILE --output FOLDER` makes one",
                                               path.string())};
  if (!fs::exists(path / "result.json", ignored))
    return problem{
        trouble::failed,
        fmt::format("the experiment in {} did not come to its end: it has no result.json; what was "
                    "seen until then is in its tables",
                    path.string())};
  measured_folder out;
  out.path = path;
  auto manifest = object_of(path / "manifest.json");
  if (manifest.has_error()) return manifest.error();
  out.manifest = std::move(*manifest);
  if (const auto schema = client::text_of(out.manifest, "schema"); schema != folder_schema)
    return problem{trouble::failed, fmt::format("{} has the form '{}', and this parley reads '{}'",
                                                path.string(), schema, folder_schema)};
  auto result = object_of(path / "result.json");
  if (result.has_error()) return result.error();
  out.result = std::move(*result);
  const auto yaml = topology::whole_file(path / "experiment.yaml");
  if (yaml.has_error()) return yaml.error();
  out.yaml = *yaml;
  out.load_s = real_of(out.result, "load_s");
  out.steps = time_steps::of(out.load_s);
  out.time_zero_ms =
      static_cast<double>(topology::moment_of(client::text_of(out.manifest, "time_zero")).value_or(0));
  for (std::uint64_t i = 1; i <= client::number_of(out.manifest, "nodes"); ++i)
    out.nodes.push_back(fmt::format("node-{}", i));
  auto read =
      read_csv(path / "faults.csv", {"said", "nodes", "note", "began_us", "over_us"}, [&](const auto& cells) {
        out.faults.push_back({cells[0], cells[1], cells[2], seconds_of(cells[3]), seconds_of(cells[4])});
      });
  if (read.has_error()) return read.error();
  return out;
}

outcome<json::object> report_data(const measured_folder& of) {
  json::object out{
      {"schema", "parley.report/1"}, {"manifest", of.manifest},   {"result", of.result},    {"yaml", of.yaml},
      {"load_s", of.load_s},         {"step_s", of.steps.step_s}, {"t", of.steps.middles()}};
  for (auto* const part : {add_clients, add_metrics, add_topology, add_traces})
    if (const auto done = part(of, out); done.has_error()) return done.error();
  return out;
}

}  // namespace parley::experiment
