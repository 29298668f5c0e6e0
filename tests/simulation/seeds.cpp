#include "tests/simulation/seeds.hpp"

#include <charconv>
#include <cstdlib>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>

namespace parley::simulation {

namespace {

std::uint64_t number_from(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [stop, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (problem != std::errc{} || stop != digits.data() + digits.size())
    throw std::invalid_argument("PARLEY_SEED and PARLEY_SEEDS want numbers, not '" + std::string(digits) +
                                "'");
  return number;
}

}  // namespace

std::vector<std::uint64_t> seeds_to_try(std::uint64_t unless_told) {
  if (const char* one = std::getenv("PARLEY_SEED")) return {number_from(one)};
  const char* wanted = std::getenv("PARLEY_SEEDS");
  const std::string range = wanted == nullptr ? std::to_string(unless_told) : wanted;
  const auto dash = range.find('-');
  const auto first = dash == std::string_view::npos ? 1 : number_from(range.substr(0, dash));
  const auto last = number_from(dash == std::string_view::npos ? range : range.substr(dash + 1));
  std::vector<std::uint64_t> seeds(last < first ? 0 : last - first + 1);
  std::iota(seeds.begin(), seeds.end(), first);
  return seeds;
}

}  // namespace parley::simulation
