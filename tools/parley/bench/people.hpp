#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/parley/client/accounts.hpp"

namespace parley::bench {

/// New accounts with random names, signed in; several at a time, since each takes the node some tens of
/// milliseconds (argon2id). Throws bench_failure with the node's words when it refuses.
std::vector<client::signed_in_user> make_people(const client::endpoint& node, std::size_t count);
/// The same with these names.
std::vector<client::signed_in_user> make_people(const client::endpoint& node,
                                                const std::vector<std::string>& names);

}  // namespace parley::bench
