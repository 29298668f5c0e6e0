#pragma once

#include <pqxx/pqxx>
#include <string>

#include "actors/contract/values/cluster_report.hpp"
#include "actors/contract/values/failure.hpp"

/// What operators ask about the cluster, over any connection. They throw when the database fails.
namespace parley::cluster_desk {

outcome<place_found> find_place(pqxx::connection& connection, const place_question& what);
outcome<cluster_view> ask_to_drain(pqxx::connection& connection, const std::string& name);

}  // namespace parley::cluster_desk
