#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/parley/bench/message_load.hpp"
#include "tools/parley/bench/options.hpp"
#include "tools/parley/bench/own_node.hpp"
#include "tools/parley/bench/people.hpp"
#include "tools/parley/bench/processes.hpp"
#include "tools/parley/bench/report.hpp"
#include "tools/parley/bench/sessions.hpp"
#include "tools/parley/bench/stop_request.hpp"

namespace parley::bench {

/// What the modes share: a node (its own or a given one), people, sessions, and the report of them.
class run {
public:
  /// Starts the node, or looks for the given one. `arguments`: what this mode wants of a node of its own.
  run(const node_options& options, std::string mode, std::vector<std::string> arguments);

  /// New people, then everybody to the cores where they are measured.
  std::vector<client::signed_in_user> people(std::size_t count);
  /// A new group of these people, of whom session 0 is the first and its owner; the conversation.
  std::string make_group(const std::vector<client::signed_in_user>& people);
  [[nodiscard]] sessions& connections() { return *sessions_; }
  [[nodiscard]] const node_processes& processes() const { return processes_; }
  [[nodiscard]] report& figures() { return report_; }

  /// What the node says in `hello.limits`; 0 when it says nothing of it.
  [[nodiscard]] std::uint64_t limit(std::string_view name) const;

  /// Sends what the plan says, with the processor times taken at both ends of the window.
  load_result send(load_plan plan);
  /// Reports of a load: totals, rates, latencies, processor time, what was wrong.
  void describe(const load_result& result, std::size_t deliveries_per_message);
  /// Prints the report; the exit code.
  int finish(bool good);

private:
  void describe_surroundings(const std::string& mode, const std::vector<std::string>& arguments);
  void describe_cpu(const load_result& result);

  node_options options_;
  stop_request stop_;
  std::unique_ptr<own_node> own_;
  client::endpoint endpoint_;
  node_processes processes_;
  std::unique_ptr<connection_loop> loop_;
  std::unique_ptr<sessions> sessions_;
  report report_;
  cpu_times cpu_begin_;
  cpu_times cpu_end_;
};

/// The modes; each returns the exit code and may throw bench_failure.
int run_group(const node_options& node, const message_options& messages, const group_options& group);
int run_direct(const node_options& node, const message_options& messages, const direct_options& direct);
int run_idle(const node_options& node, const idle_options& idle);

}  // namespace parley::bench
