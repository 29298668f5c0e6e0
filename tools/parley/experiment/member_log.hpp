#pragma once

#include <cstdint>
#include <optional>
#include <set>

namespace parley::experiment {

/// What somebody has of a conversation's log: up to where without a hole, and what lies beyond one.
class member_log {
public:
  /// Up to here there is no hole.
  [[nodiscard]] std::uint64_t have() const { return have_; }
  /// Whether it was not there yet.
  bool take(std::uint64_t seq);
  /// There are entries up to this one.
  void expect(std::uint64_t head);
  /// Entries after this one are known to be there and missing.
  [[nodiscard]] std::optional<std::uint64_t> missing_after() const;

  bool is_reading = false;  // history was asked for, and has not come

private:
  std::uint64_t have_ = 0;
  std::uint64_t head_ = 0;
  std::set<std::uint64_t> beyond_;
};

}  // namespace parley::experiment
