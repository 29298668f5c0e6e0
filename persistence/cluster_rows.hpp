#pragma once

#include <cstdint>
#include <pqxx/pqxx>
#include <string>
#include <string_view>
#include <vector>

#include "actors/contract/values/cluster.hpp"
#include "actors/contract/values/failure.hpp"

namespace parley {

/// The cluster from the rows of `cluster_sql::look` or `cluster_sql::beat`.
cluster_view cluster_from(const pqxx::result& rows);
/// The numbers of a PostgreSQL array of them, in its text form; none for null.
std::vector<std::int64_t> numbers_in(const pqxx::field& array);

/// The cluster as an operator sees it, over any connection. Throws when the database fails.
cluster_view read_cluster(pqxx::connection& connection);
/// Asks the node of this name to drain: it reads that with its next beat. `not_found`: there is none.
outcome<void> request_drain(pqxx::connection& connection, const std::string& name);

}  // namespace parley
