#pragma once

#include <filesystem>
#include <string>

#include "tools/parley/client/endpoint.hpp"
#include "tools/parley/client/problem.hpp"

namespace parley::commands {

/// Finds the operator's token: in the file `given`, else `PARLEY_OPERATOR_TOKEN`, else the file
/// `operator.token` of the data folder. A folder that only happens to be there is not looked into when the
/// node was named by its address: the token of one node is nothing for another.
client::outcome<std::string> find_operator_token(const std::filesystem::path& given,
                                                 const client::endpoint_choice& node,
                                                 const client::environment_lookup& environment);

}  // namespace parley::commands
