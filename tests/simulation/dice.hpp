#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace parley::simulation {

/// All chance of a simulation comes from here, so that a seed replays it. The distributions are our
/// own, since those of the standard library may differ between implementations.
class dice {
public:
  explicit dice(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t next() { return engine_(); }
  /// 0 … count - 1; `count` is not 0.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }
  /// `least` … `most`, both included.
  int between(int least, int most) {
    return least + static_cast<int>(below(static_cast<std::size_t>(most - least) + 1));
  }
  bool chance(double probability) { return static_cast<double>(engine_() >> 11U) * 0x1.0p-53 < probability; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

private:
  std::mt19937_64 engine_;
};

}  // namespace parley::simulation
