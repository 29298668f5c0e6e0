#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/topology.hpp"

namespace parley {

/// What a node tells operators and researchers about its actors. Every function may be called from any
/// thread and returns at once; callbacks run on a thread of this port, exactly once, so that nobody else
/// waits for what takes long.
class topology_source {
public:
  template <class T>
  using callback = std::function<void(outcome<T>)>;

  virtual ~topology_source() = default;
  /// Name and life of this node.
  [[nodiscard]] virtual std::string node() const = 0;
  [[nodiscard]] virtual incarnation_id incarnation() const = 0;
  /// The kinds of actors that there can be, in alphabetical order.
  [[nodiscard]] virtual std::vector<std::string> kinds() const = 0;
  /// This node's actors now. `overloaded`: too many questions wait.
  virtual void look(topology_question what, callback<topology_part> done) = 0;
  /// What changed after the number `after`; as soon as there is something, or when the time is up. Without
  /// `after`: only the number of the newest. `overloaded`: too many wait.
  virtual void changes(std::optional<std::uint64_t> after, std::chrono::milliseconds wait, bool with_names,
                       callback<topology_changes> done) = 0;
  /// Counts at least this much for a while; `kinds` ends what was asked for before. What is on by then.
  virtual level_lease raise_level(inspection_level level, std::chrono::seconds lasts) = 0;
  /// Runs something that takes a while on the thread of this port; false: too much waits, and it never runs.
  [[nodiscard]] virtual bool run(std::function<void()> work) = 0;
};

}  // namespace parley
