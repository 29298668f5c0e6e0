#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/parley/experiment/chance.hpp"
#include "tools/parley/experiment/settings.hpp"

namespace parley::experiment {

using std::chrono::microseconds;

/// A group: who is in it, the first of them makes it. Indices of people.
struct planned_group {
  std::vector<std::uint32_t> members;
};

/// A message that is to be sent.
struct planned_send {
  microseconds at{0};  // since the load began
  std::uint32_t person = 0;
  std::uint32_t group = 0;

  friend bool operator==(const planned_send&, const planned_send&) = default;
};

/// Who there is and what they will say: the same for the same settings, on every machine.
struct schedule {
  std::vector<planned_group> groups;
  std::vector<planned_send> sends;  // by time

  static schedule of(const settings& from);
};

/// The text of the n-th message (from 0): words, as long as the settings say, the same each time.
class texts {
public:
  explicit texts(const settings& from);
  [[nodiscard]] std::string of(std::uint64_t number) const;

private:
  std::uint64_t seed_;
  spread_numbers lengths_;
};

/// `person-7`, `group-2`: of indices from 0.
std::string person_name(std::size_t index);
std::string group_name(std::size_t index);
/// `node-3`.
std::string node_name(std::size_t index);

}  // namespace parley::experiment
