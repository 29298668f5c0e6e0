#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tools/parley/trace/span_store.hpp"

namespace parley::trace {

/// Gathers spans from answers and says which traces are complete. It has no clock: who calls says the time.
class collector {
public:
  using time = std::chrono::steady_clock::time_point;

  /// Takes an answer's spans; what it says of lost spans and missing nodes is kept too.
  void take(const collection& answer, time now);
  /// Traces that have become complete since they were asked for last, oldest first: nothing more came for
  /// `quiet`, and both request and reply are there; without a reply after `patience`.
  std::vector<std::string> complete(time now);
  /// Lets the spans of a trace go that has been shown, once they can no longer be shared.
  void done_with(const std::string& trace);

  [[nodiscard]] const span_store& spans() const { return spans_; }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  /// Why nodes did not answer, of each the last word, as long as it has not answered since.
  [[nodiscard]] std::vector<missing_node> missing() const;
  /// Spans that came for traces after these were complete.
  [[nodiscard]] std::uint64_t late() const { return late_; }
  /// Traces whose request never came.
  [[nodiscard]] std::size_t without_request(time now) const;
  /// All that is here, for a file.
  [[nodiscard]] collection everything() const;

  static constexpr std::chrono::milliseconds quiet{400};
  static constexpr std::chrono::milliseconds patience{5'000};
  static constexpr std::size_t kept_max = 256;  // traces that were shown and may still be shared

private:
  struct progress {
    time first;
    time last;
    bool has_request = false;
    bool has_reply = false;
    bool is_complete = false;
    std::set<std::string> continues;
  };
  [[nodiscard]] bool is_quiet(const progress& its, time now) const;

  span_store spans_;
  std::map<std::string, progress> traces_;
  std::map<std::string, std::string> missing_;
  std::deque<std::string> shown_;
  std::set<std::string> gone_;
  std::deque<std::string> gone_order_;
  std::uint64_t lost_ = 0;
  std::uint64_t late_ = 0;
  std::int64_t taken_at_ms_ = 0;
};

}  // namespace parley::trace
