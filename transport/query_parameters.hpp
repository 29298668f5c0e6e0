#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/contract/values/failure.hpp"

/// The parameters of the operator's calls; what is wrong with one is said with what there is instead.
namespace parley {

struct parameter {
  std::string name;
  std::string value;
};

/// All parameters, decoded; only those of `known`, and only `repeatable` more than once.
outcome<std::vector<parameter>> parameters_in(std::string_view query, std::span<const std::string_view> known,
                                              std::string_view repeatable = {});
/// A whole number within these bounds.
outcome<std::int64_t> number_of(const parameter& given, std::int64_t least, std::int64_t most);
/// `true` or `false`.
outcome<bool> truth_of(const parameter& given);
/// A text percent-encoded, as a query holds it.
std::string encoded(std::string_view text);

failure bad_request(std::string message);

/// Texts with commas between them.
template <class Texts>
std::string listed(const Texts& texts) {
  std::string list;
  for (const auto& each : texts) list += (list.empty() ? "" : ", ") + std::string(each);
  return list;
}

}  // namespace parley
