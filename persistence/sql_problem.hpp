#pragma once

#include <pqxx/except>
#include <string_view>

namespace parley {

/// Whether the values given are to blame: the same statement without them would succeed, and with them
/// it never will. Data exceptions (class 22), limits of the program (54), constraints other than unique
/// ones (23); PostgreSQL 15, appendix A.
inline bool is_fault_of_data(const pqxx::sql_error& problem) {
  const std::string_view state = problem.sqlstate();
  return state.starts_with("22") || state.starts_with("54") || (state.starts_with("23") && state != "23505");
}

inline bool is_unique_violation(const pqxx::sql_error& problem) { return problem.sqlstate() == "23505"; }

}  // namespace parley
