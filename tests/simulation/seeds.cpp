#include "tests/simulation/seeds.hpp"

#include <charconv>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace parley::simulation {

namespace {

std::optional<std::uint64_t> number_from(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  const std::string_view digits(text);
  std::uint64_t number = 0;
  const auto [stop, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (problem != std::errc{} || stop != digits.data() + digits.size())
    throw std::invalid_argument(std::string(variable) + "=" + text + " is no number");
  return number;
}

}  // namespace

std::vector<std::uint64_t> seeds_to_try() {
  if (const auto one = number_from("PARLEY_SEED")) return {*one};
  std::vector<std::uint64_t> seeds(number_from("PARLEY_SEEDS").value_or(200));
  std::iota(seeds.begin(), seeds.end(), 1);
  return seeds;
}

}  // namespace parley::simulation
