#pragma once

#include <memory>
#include <string>

#include "actors/contract/values/ports/topology_source.hpp"
#include "actors/contract/values/ports/trace_source.hpp"

namespace parley {

struct inspector_setup {
  std::string node;
  incarnation_id incarnation;
  std::string version;
  inspection_level level = inspection_level::kinds;  // what the configuration says
  std::string secret;                                // the same on all nodes; for the pseudonyms
};

/// How much may wait for the inspector's thread.
struct inspector_bounds {
  std::size_t questions_max = 64;
  std::size_t waiting_for_changes_max = 256;
};

/// Tells what this process's actors do, and the way of single requests, on a thread of its own: one at a
/// time, so that however many ask, one core is the most it takes.
class inspector final : public topology_source, public trace_source {
public:
  explicit inspector(inspector_setup setup, inspector_bounds bounds = {});
  /// Whoever still waits is answered `unavailable`.
  ~inspector() override;
  inspector(const inspector&) = delete;
  inspector& operator=(const inspector&) = delete;

  [[nodiscard]] std::string node() const override;
  [[nodiscard]] incarnation_id incarnation() const override;
  [[nodiscard]] std::vector<std::string> kinds() const override;
  void look(topology_question what, callback<topology_part> done) override;
  void changes(std::optional<std::uint64_t> after, std::chrono::milliseconds wait, bool with_names,
               callback<topology_changes> done) override;
  level_lease raise_level(inspection_level level, std::chrono::seconds lasts) override;
  [[nodiscard]] bool run(std::function<void()> work) override;

  trace_lease sample(const trace_sampling& what, std::chrono::seconds lasts) override;
  void spans(std::optional<std::uint64_t> from, std::size_t most, bool with_names,
             std::function<void(outcome<trace_part>)> done) override;

private:
  class implementation;
  std::shared_ptr<implementation> implementation_;
};

}  // namespace parley
