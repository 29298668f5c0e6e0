#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/topology.hpp"

namespace parley {

/// The part of one node is at most so large; beyond, actors are left out, and it says how many are shown.
inline constexpr std::size_t topology_part_bytes_max = 24U * 1'048'576U;

/// What a call for a snapshot asks for.
struct topology_query {
  topology_question question;
  std::string node;       // only this one; empty: all
  bool is_local = false;  // only the node that is asked
  std::size_t bytes = topology_part_bytes_max;
};

/// What a call for changes asks for.
struct changes_query {
  std::optional<std::uint64_t> after;
  std::int64_t wait_s = 0;
  bool with_names = false;
};

/// Reads the query; a failure says what is wrong with it, and what there is instead.
outcome<topology_query> topology_query_in(std::string_view query, const std::vector<std::string>& kinds);
outcome<changes_query> changes_query_in(std::string_view query);

/// The query with which another node is asked for its part.
std::string query_for_peer(const topology_query& query, std::size_t bytes);

}  // namespace parley
