#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tools/parley/commands/script_session.hpp"
#include "tools/parley/trace/asked_traces.hpp"
#include "tools/parley/trace/collector.hpp"
#include "tools/parley/trace/summary.hpp"

namespace parley::trace {

/// Whether the spans of all messages are kept, for a file, or those of the last ones only.
enum class keeping { all, last };

/// Messages that are sent one after the other and traced.
class send_run {
public:
  send_run(asked_traces& traces, commands::script_session& session, std::string conversation, keeping what)
      : traces_(traces), session_(session), conversation_(std::move(conversation)), keeping_(what) {}

  /// Sends them, until Ctrl-C, and gathers spans in between.
  client::outcome<void> send(const std::string& text, unsigned times);
  /// Waits until the traces of all that were sent are complete, a bounded time; then nothing is traced any
  /// more.
  client::outcome<void> wait_for_traces();

  [[nodiscard]] const std::vector<sent_message>& sent() const { return sent_; }
  [[nodiscard]] const std::vector<measured_trace>& measured() const { return measured_; }
  [[nodiscard]] const collector& gathered() const { return gathered_; }
  /// The messages and all spans that are kept.
  [[nodiscard]] collection everything() const;

  static constexpr std::size_t spans_max = 400'000;
  static constexpr std::chrono::seconds traces_within{10};

private:
  client::outcome<void> send_one(const std::string& text);
  client::outcome<void> gather();

  asked_traces& traces_;
  commands::script_session& session_;
  std::string conversation_;
  keeping keeping_;
  session_of_requests traced_session_;
  collector gathered_;
  std::vector<sent_message> sent_;
  std::vector<measured_trace> measured_;
  std::chrono::steady_clock::time_point gathered_at_;
};

}  // namespace parley::trace
