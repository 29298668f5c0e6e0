#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/parley/experiment/faults.hpp"

namespace parley::experiment {

using std::chrono::milliseconds;

enum class shape : std::uint8_t { fixed, uniform, zipf };

/// How whole numbers from `least` to `most` are distributed: always `least`; each alike; or `least` most
/// often, and the k-th number after it with weight (k + 1)^-exponent.
struct spread {
  shape how = shape::fixed;
  std::uint64_t least = 1;
  std::uint64_t most = 1;
  double exponent = 1;
};

enum class arrival : std::uint8_t { poisson, constant, bursts };

/// An experiment, as its file says. tools/topology/EXPERIMENTS.md says what each member means.
struct settings {
  std::string name = "experiment";
  std::string about;
  std::uint64_t seed = 1;
  milliseconds duration{60'000};
  milliseconds settle{30'000};

  std::uint64_t nodes = 3;
  std::vector<std::string> arguments;

  std::uint64_t people = 30;
  double activity = 0;
  milliseconds patience{5'000};

  std::uint64_t groups = 6;
  spread sizes{shape::fixed, 10, 10, 1};

  arrival arrivals = arrival::poisson;
  double rate = 20;
  milliseconds burst_every{5'000};
  spread texts{shape::uniform, 20, 200, 1};

  milliseconds metrics_every{1'000};
  milliseconds topology_every{5'000};
  double traces = 0.02;

  std::vector<fault> faults;
};

/// What an experiment may ask of one machine.
inline constexpr std::uint64_t sends_max = 1'000'000;
inline constexpr std::uint64_t deliveries_max = 5'000'000;

/// How many messages it means to send, about.
inline std::uint64_t sends_of(const settings& from) {
  return static_cast<std::uint64_t>(from.rate * static_cast<double>(from.duration.count()) / 1'000.0);
}

}  // namespace parley::experiment
