#pragma once

#include <array>
#include <atomic>
#include <charconv>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/log_event.hpp"

namespace parley {

/// A name for one error, unlike those of other processes: "9f31c2d4-7" is the seventh of this one.
inline std::string new_error_id() {
  static const auto process = [] {
    std::array<char, 8> digits{};
    const auto value = std::random_device{}() | 0x8000'0000U;  // eight digits always
    std::to_chars(digits.data(), digits.data() + digits.size(), value, 16);
    return std::string(digits.data(), digits.size());
  }();
  static constinit std::atomic<std::uint64_t> errors{0};
  return process + "-" + std::to_string(errors.fetch_add(1) + 1);
}

/// What a client is told of a failure. An `internal` one, a defect of the node, gets an id that stands in the
/// message and in a line of the log: whoever is shown it can be helped. All others stay as they are.
inline failure with_error_id(failure problem, std::vector<log_field> where) {
  if (problem.code != errc::internal) return problem;
  const auto id = new_error_id();
  where.insert(where.begin(), log_field{"error_id", id});
  log(severity::error, "internal_error", problem.message, std::move(where));
  problem.message += " (error " + id + ")";
  return problem;
}

}  // namespace parley
