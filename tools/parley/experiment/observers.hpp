#pragma once

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tools/parley/client/endpoint.hpp"
#include "tools/parley/experiment/background.hpp"
#include "tools/parley/experiment/csv.hpp"
#include "tools/parley/experiment/history_log.hpp"

// What looks at the cluster while it works, each on threads of its own, so that nobody's load waits for it.

namespace parley::experiment {

/// Where and as whom the observers ask.
struct observed {
  std::vector<client::endpoint> nodes;
  std::filesystem::path token_file;
  std::string token;
};

/// Each node's /metrics, every so often, into metrics.csv.
class metrics_observer {
public:
  static client::outcome<std::unique_ptr<metrics_observer>> start(const observed& what,
                                                                  const std::filesystem::path& file,
                                                                  const history_log& clock,
                                                                  std::chrono::milliseconds every);
  void end();

private:
  explicit metrics_observer(const history_log& clock) : clock_(clock) {}
  void look(const client::endpoint& node, std::size_t index, std::set<std::string>& known);

  const history_log& clock_;
  csv_file out_;
  std::vector<std::unique_ptr<background>> nodes_;
};

/// A series of /metrics: `name`, `{labels}` (or nothing), and its value as written.
struct metric {
  std::string_view name;
  std::string_view labels;
  std::string_view value;
};
/// The series of Prometheus' text format.
std::vector<metric> metrics_in(std::string_view text);

/// The topology into a recording, as `parley topology record` does.
class topology_observer {
public:
  static client::outcome<std::unique_ptr<topology_observer>> start(const observed& what,
                                                                   const std::filesystem::path& file,
                                                                   std::chrono::milliseconds every);
  ~topology_observer() { end(); }
  /// What went wrong, if anything.
  std::string end();

private:
  topology_observer() = default;

  std::atomic<bool> is_over_ = false;
  std::string wrong_;
  std::thread thread_;
};

/// Spans of a part of all messages into spans.jsonl, if the nodes know traces.
class traces_observer {
public:
  traces_observer(observed what, std::filesystem::path file, double part);
  void end();
  /// Whether the nodes answered that they trace.
  [[nodiscard]] bool is_there() const { return is_there_; }
  /// Why there are none, or what is missing of them; empty: nothing.
  [[nodiscard]] std::string note() const;

private:
  void turn();
  bool wish();
  bool read();

  observed what_;
  std::filesystem::path file_;
  double part_;
  std::ofstream out_;
  std::string cursor_;
  bool is_there_ = false;
  std::string refusal_;
  std::uint64_t lost_ = 0;
  std::chrono::steady_clock::time_point next_wish_;
  std::unique_ptr<background> thread_;
};

}  // namespace parley::experiment
