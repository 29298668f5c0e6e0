#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "tools/parley/experiment/settings.hpp"

namespace parley::experiment {

/// Chance that is the same on every machine: the generator's numbers are the standard's (mt19937_64), and
/// what is made of them is made here, since the standard leaves its distributions to each library.
class chance {
public:
  /// What a stream of numbers is for: another one does not change when one is asked more often.
  enum class stream : std::uint64_t { groups = 1, arrivals, senders, texts };

  chance(std::uint64_t seed, stream which, std::uint64_t index = 0);

  /// From 0 to 1, without 1.
  double part();
  /// From 0 to `below`, without it; `below` is at least 1.
  std::uint64_t below(std::uint64_t below);
  /// Exponentially distributed.
  double exponential(double mean);

private:
  std::mt19937_64 numbers_;
};

/// Draws an index by weights.
class weighted {
public:
  /// Of `count` indices the k-th (from 0) has the weight (k + 1)^-exponent.
  static weighted zipf(std::size_t count, double exponent);
  std::size_t draw(chance& by) const;

private:
  std::vector<double> sums_;
};

/// Draws numbers as a spread says.
class spread_numbers {
public:
  explicit spread_numbers(const spread& of);
  std::uint64_t draw(chance& by) const;

private:
  spread of_;
  weighted weights_;
};

}  // namespace parley::experiment
