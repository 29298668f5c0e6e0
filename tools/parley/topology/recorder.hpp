#pragma once

#include <functional>
#include <string>
#include <utility>

#include "tools/parley/topology/recorded_lines.hpp"
#include "tools/parley/topology/recording.hpp"
#include "tools/parley/topology/watcher.hpp"

namespace parley::topology {

/// A watcher's lines into a recording, until somebody wants it to end.
class recorder : public line_sink {
public:
  recorder(recording_writer to, std::function<bool()> wants_end)
      : to_(std::move(to)), wants_end_(std::move(wants_end)) {}

  client::outcome<void> take(watch_lines::lines lines) override;
  [[nodiscard]] bool wants_snapshot() const override { return to_.is_full(); }
  [[nodiscard]] bool wants_end() const override { return wants_end_(); }
  /// `412 lines in 30 kB`.
  [[nodiscard]] std::string summary() const;

private:
  recording_writer to_;
  std::function<bool()> wants_end_;
  frame_maker frames_;
  std::uint64_t lines_ = 0;
};

}  // namespace parley::topology
