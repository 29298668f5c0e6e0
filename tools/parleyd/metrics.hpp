#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace parley {

/// What `/metrics` shows: everything that the process has counted (`node_counters`, `kind_meter`), whether
/// the node is ready, and what the system says about the process. Only reads; any thread.
class node_metrics : public prometheus::Collectable {
public:
  node_metrics(std::string version, std::function<bool()> is_ready)
      : version_(std::move(version)), is_ready_(std::move(is_ready)) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;
  /// All of it in Prometheus' text format, version 0.0.4.
  [[nodiscard]] std::string text() const;

private:
  std::string version_;
  std::function<bool()> is_ready_;
};

/// Memory, CPU time, descriptors and age of this process, under the names that Prometheus' own clients use.
void add_process_metrics(std::vector<prometheus::MetricFamily>& to);

}  // namespace parley
