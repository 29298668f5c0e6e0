#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "tools/parley/experiment/csv.hpp"
#include "tools/parley/experiment/history.hpp"

namespace parley::experiment {

/// What clients see, kept for the check and written to the experiment's folder as it happens.
class history_log {
public:
  using clock = std::chrono::steady_clock;

  /// Makes sends.csv, deliveries.csv and sessions.csv in the folder.
  client::outcome<void> open(const std::filesystem::path& folder);
  /// Time 0; what comes before it is at 0, too.
  void begin() { begin_ = clock::now(); }
  [[nodiscard]] microseconds now() const;

  [[nodiscard]] history& seen() { return seen_; }
  [[nodiscard]] const history& seen() const { return seen_; }

  void delivered(const delivery& what);
  /// A message was answered for good, or never will be: its row is written.
  void finished(std::uint32_t message);
  /// A session came (`online`), went (`offline`) or goes to another node (`moves`).
  void session(std::uint32_t person, std::uint32_t connection, std::size_t node, std::string_view what,
               std::string_view why);
  void flush();

  /// Since the last call; for progress.
  struct counts {
    std::uint64_t acknowledged = 0;
    std::uint64_t delivered = 0;
  };
  counts take_counts();

private:
  history seen_;
  clock::time_point begin_ = clock::time_point::max();
  csv_file sends_;
  csv_file deliveries_;
  csv_file sessions_;
  counts counts_;
};

}  // namespace parley::experiment
