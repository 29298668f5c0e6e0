#include "actors/inspection/metered.hpp"

#include <array>
#include <mutex>
#include <stdexcept>
#include <string>

namespace parley {

kind_meter& meter_of(std::string_view kind) {
  struct named_meter {
    std::string name;
    kind_meter meter;
  };
  static std::mutex mutex;
  static std::array<named_meter, 32> meters;
  const std::scoped_lock lock{mutex};
  for (auto& candidate : meters) {
    if (candidate.name.empty()) candidate.name = kind;
    if (candidate.name == kind) return candidate.meter;
  }
  throw std::logic_error("more kinds of actors than meters");
}

}  // namespace parley
