#include "actors/inspection/metered.hpp"

#include <array>
#include <mutex>
#include <stdexcept>
#include <string>

namespace parley {

namespace {

struct named_meter {
  std::string kind;
  kind_meter meter;
};

struct all_meters {
  std::mutex mutex;
  std::array<named_meter, 32> meters;
};

all_meters& every_meter() {
  static all_meters all;
  return all;
}

}  // namespace

kind_meter& meter_of(std::string_view kind) {
  auto& [mutex, meters] = every_meter();
  const std::scoped_lock lock{mutex};
  for (auto& candidate : meters) {
    if (candidate.kind.empty()) {
      candidate.kind = kind;
      candidate.meter.kind = candidate.kind;
    }
    if (candidate.kind == kind) return candidate.meter;
  }
  throw std::logic_error("more kinds of actors than meters");
}

void for_all_kinds(const std::function<void(std::string_view, const kind_meter&)>& call) {
  auto& [mutex, meters] = every_meter();
  const std::scoped_lock lock{mutex};
  for (const auto& each : meters)
    if (!each.kind.empty()) call(each.kind, each.meter);
}

}  // namespace parley
