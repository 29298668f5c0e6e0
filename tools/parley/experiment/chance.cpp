#include "tools/parley/experiment/chance.hpp"

#include <algorithm>
#include <cmath>

namespace parley::experiment {

namespace {

/// Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014), the finalizer of SplitMix64.
std::uint64_t mixed(std::uint64_t number) {
  number += 0x9e3779b97f4a7c15U;
  number = (number ^ (number >> 30U)) * 0xbf58476d1ce4e5b9U;
  number = (number ^ (number >> 27U)) * 0x94d049bb133111ebU;
  return number ^ (number >> 31U);
}

}  // namespace

chance::chance(std::uint64_t seed, stream which, std::uint64_t index)
    : numbers_(mixed(mixed(mixed(seed) + static_cast<std::uint64_t>(which)) + index)) {}

double chance::part() { return static_cast<double>(numbers_() >> 11U) * 0x1.0p-53; }

std::uint64_t chance::below(std::uint64_t below) {
  return std::min(static_cast<std::uint64_t>(part() * static_cast<double>(below)), below - 1);
}

double chance::exponential(double mean) { return -std::log1p(-part()) * mean; }

weighted weighted::zipf(std::size_t count, double exponent) {
  weighted out;
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i)
    out.sums_.push_back(sum += std::pow(static_cast<double>(i + 1), -exponent));
  return out;
}

std::size_t weighted::draw(chance& by) const {
  const auto at = by.part() * sums_.back();
  const auto found = std::ranges::upper_bound(sums_, at);
  return std::min(static_cast<std::size_t>(found - sums_.begin()), sums_.size() - 1);
}

spread_numbers::spread_numbers(const spread& of)
    : of_(of),
      weights_(weighted::zipf(of.how == shape::zipf ? static_cast<std::size_t>(of.most - of.least + 1) : 1,
                              of.exponent)) {}

std::uint64_t spread_numbers::draw(chance& by) const {
  switch (of_.how) {
    case shape::uniform:
      return of_.least + by.below(of_.most - of_.least + 1);
    case shape::zipf:
      return of_.least + weights_.draw(by);
    case shape::fixed:
      break;
  }
  return of_.least;
}

}  // namespace parley::experiment
