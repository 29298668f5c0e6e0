#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>

#include "tools/parley/trace/asked_traces.hpp"
#include "tools/parley/trace/collector.hpp"
#include "tools/parley/trace/trace_output.hpp"

namespace parley::trace {

/// What `parley trace --sample` does.
struct sample_settings {
  sampling_wish wish;
  std::chrono::milliseconds ends_after{0};  // 0: at Ctrl-C
  std::uint64_t count = 0;                  // traces; 0: any
  trace_format format = trace_format::waterfall;
  output_options out;
};

/// Traces a part of all requests until it is told to end: waterfalls as they become complete, other formats
/// and files at the end.
class sample_run {
public:
  sample_run(asked_traces traces, sample_settings settings)
      : traces_(std::move(traces)), settings_(std::move(settings)) {}

  client::outcome<void> run();

  static constexpr std::size_t spans_max = 400'000;
  static constexpr std::chrono::seconds gives_up_after{30};

private:
  using time = std::chrono::steady_clock::time_point;

  client::outcome<void> gather();
  client::outcome<void> ask();
  client::outcome<void> until_the_end();
  client::outcome<void> end();
  client::outcome<void> show(const std::string& trace);
  [[nodiscard]] bool is_enough(time now) const;

  asked_traces traces_;
  sample_settings settings_;
  collector gathered_;
  std::string text_;  // of waterfalls, for a file
  std::uint64_t shown_ = 0;
  std::set<std::string> chosen_;  // with a count: those that were complete first
  time began_;
  time answered_;
};

}  // namespace parley::trace
